"""People who answer a call of the line that looks out for machines, some of them late."""

from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio
from machine_kit import (
    CHATTER,
    FIRST,
    GREETING,
    HANG_UP,
    LEAVE,
    MACHINE,
    MESSAGE,
    NEVER,
    WHO_AND_WHY,
    callee,
    heard_from,
    left_whole,
    machine,
    sound_ended_ms,
    whole_ms,
)
from talk_kit import Scenes, Told, asked_by

from bot.simulator.callees import late_person, screened_person, voicemail
from bot.simulator.caller import Pause, Say, StayOn, WaitForAgent
from bot.simulator.voices import Voice

pytestmark = pytest.mark.timeout(600)  # the fixture plays all calls

SCENES = Scenes()
scene = partial(callee, SCENES)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def calls(
    spoken: Voice, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Scenes]:
    folder = tmp_path_factory.mktemp("picked_up")
    await SCENES.play(folder, spoken, asked=asked_by(request))
    yield SCENES


# -- a person behind a machine --------------------------------------------------------------------

I_AM_HERE = "Hello? Hello, I am here, sorry."
LATE = scene(
    actions=late_person(GREETING, I_AM_HERE, "Yes, this is Anna, what is it about?"),
    order=LEAVE,
    callee={**MACHINE, "detection_ms": 7000},
    expects=(GREETING, I_AM_HERE, "Yes, this is Anna, what is it about?"),
)


LATE_CUT = scene(
    actions=late_person(GREETING, I_AM_HERE, "Yes, this is Anna, what is it about?"),
    order=LEAVE,
    callee=NEVER,
    expects=(GREETING, I_AM_HERE, "Yes, this is Anna, what is it about?"),
    agent='barge_in = { style = "cut" }\nturns = "server"',
)


LATE_PERSONS = {"as usual": LATE, "the model interrupts": LATE_CUT}


@pytest.mark.parametrize("how", SCENES.thorough_but(LATE_PERSONS, "as usual"))
def test_a_person_who_picks_up_late_is_greeted(calls: Scenes, how: str) -> None:
    """The message breaks off, the agent begins as at the start, and the two of them talk."""
    call = calls[LATE_PERSONS[how]]
    assert 0 < call.heard_ms(MESSAGE) < whole_ms(MESSAGE)
    greeted = heard_from(call, FIRST, call.fell_silent_at(I_AM_HERE))
    assert greeted.end_ms - greeted.start_ms == pytest.approx(whole_ms(FIRST), abs=60)
    assert greeted.start_ms < call.fell_silent_at(I_AM_HERE) + 2500
    assert heard_from(call, CHATTER, greeted.end_ms)
    assert call.outcome == ("completed", "caller_hung_up")
    assert machine(call)["is"] == "person"
    assert machine(call)["message_played_ms"] is None
    late = "response_cancel_not_active"  # where the model's side interrupts itself too
    assert [error for error in call.errors if error["code"] != late] == []


ASKS = "Hi. If you record your name and reason for calling, I will see if this person is available."
THANKS = "Thanks, please stay on the line."
YES = "Hello, this is Anna."
SCREENED = scene(
    actions=screened_person(ASKS, THANKS, YES, "What is it about?"),
    order=LEAVE,
    callee=NEVER,
    expects=(ASKS, THANKS, YES, "What is it about?"),
)


def test_an_assistant_is_told_who_calls_and_why(calls: Scenes) -> None:
    """In one sentence, once; whoever it fetches is greeted as at the start of a call."""
    call = calls[SCREENED]
    told = heard_from(call, WHO_AND_WHY, call.fell_silent_at(ASKS))
    assert told.end_ms - told.start_ms == pytest.approx(whole_ms(WHO_AND_WHY), abs=60)
    assert call.sounds_between(told.end_ms + 20, call.fell_silent_at(YES)) == []
    greeted = heard_from(call, FIRST, call.fell_silent_at(YES))
    assert greeted.end_ms - greeted.start_ms == pytest.approx(whole_ms(FIRST), abs=60)
    assert heard_from(call, CHATTER, greeted.end_ms)
    assert call.outcome == ("completed", "caller_hung_up")
    assert machine(call)["is"] == "person"


NOT_IN = "This person is not available, please leave a message after the tone."
REFUSED = scene(
    actions=(Pause(300), Say(ASKS), WaitForAgent(1000), *voicemail(NOT_IN)),
    order=LEAVE,
    callee=NEVER,
    expects=(ASKS, NOT_IN),
)


def test_an_assistant_that_fetches_nobody_may_take_a_message(calls: Scenes) -> None:
    """Then it is a machine as any other."""
    call = calls[REFUSED]
    left_whole(call, sound_ended_ms(call))
    assert call.heard_ms(WHO_AND_WHY) == pytest.approx(whole_ms(WHO_AND_WHY), abs=60)
    assert machine(call)["is"] == "machine"


# -- a person -------------------------------------------------------------------------------------

HELLO = "Hello, this is Anna speaking."
TALK = (WaitForAgent(400), Say(HELLO), WaitForAgent(), Say("What is it about?"), WaitForAgent())
WORDS = (HELLO, "What is it about?")


def talked(call: Told) -> None:
    """Both sides were heard, and the callee hung up in the end."""
    assert call.heard_ms(FIRST) == pytest.approx(whole_ms(FIRST), abs=60)
    assert call.heard_ms(CHATTER) == pytest.approx(whole_ms(CHATTER), abs=60)
    assert call.heard(MESSAGE) is None
    assert call.outcome == ("completed", "caller_hung_up")
    assert [role for role, _ in call.turns] == ["agent", "caller", "agent", "caller", "agent"]


PERSON = scene(actions=TALK, order=LEAVE, callee={"detection_ms": 4000}, expects=WORDS)
UNWATCHED = scene(actions=TALK, order={}, expects=WORDS)


def test_a_person_is_greeted_as_soon_as_without_detection(calls: Scenes) -> None:
    """Nobody waits for a verdict; the carrier is asked beside the call."""
    watched, unwatched = calls[PERSON], calls[UNWATCHED]
    assert unwatched.sim.request.machine_detection is None
    assert unwatched.record["machine"] is None
    for call in (watched, unwatched):
        talked(call)
        span = call.heard(FIRST)
        assert span is not None and span.start_ms < 500
        assert call.record["latency"]["first_words_ms"] < 500
    assert machine(watched)["is"] == "person"


WRONG = scene(
    actions=TALK,
    order=HANG_UP,
    callee={"verdict": "machine_start", "detection_ms": 3500},
    expects=WORDS,
)
EARLY = scene(
    actions=TALK, order=HANG_UP, callee={"verdict": "machine_start", "detection_ms": 0},
    expects=WORDS,
)  # fmt: skip
TWICE = scene(
    actions=TALK,
    order=LEAVE,
    callee={"verdict": "machine_end_other", "detection_ms": 6000, "verdict_copies": 2},
    expects=WORDS,
)


VERDICTS = {"late": WRONG, "early": EARLY, "twice": TWICE}


@pytest.mark.parametrize("how", SCENES.thorough_but(VERDICTS, "early"))
def test_a_wrong_verdict_alone_ends_no_conversation(calls: Scenes, how: str) -> None:
    """Whenever and however often it comes: a person who speaks is believed."""
    call = calls[VERDICTS[how]]
    talked(call)
    assert [vote["by"] for vote in machine(call)["votes"]].count("carrier") == 1
    assert machine(call)["is"] == "person"


SAYS_NOTHING = scene(
    actions=(StayOn(),), order=HANG_UP, callee={**MACHINE, "detection_ms": 0}, expects=()
)


def test_a_verdict_that_nobody_contradicts_is_believed(calls: Scenes) -> None:
    """It came before the conversation did, and then nobody spoke for a while."""
    call = calls[SAYS_NOTHING]
    span = call.heard(FIRST)
    assert span is not None
    assert span.end_ms + 3000 < call.ended_ms < span.end_ms + 5500
    assert call.outcome == ("unreached", "machine")
