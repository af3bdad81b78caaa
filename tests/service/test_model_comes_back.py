"""The model's session is lost, stalls or is late, and another takes its place: the call goes on.

Whatever happens there, the caller never hears a second of silence.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from talk_kit import Scene, Scenes, Told, asked_by

from bot.simulator.caller import Pause, Say, StayOn, WaitForAgent
from bot.simulator.model import (
    ANYTHING,
    Call,
    Faults,
    Incident,
    Manner,
    Mishap,
    ModelScript,
    Moment,
    Step,
)
from bot.simulator.voices import Voice
from bot.testing.line import HUMAN

pytestmark = pytest.mark.timeout(600)  # the fixture plays all calls

SCENES = Scenes()

SILENCE_MS = 1000
SILENT_MODEL_MS = 2500  # the same of a model that says nothing behind a socket that lives
# Silence is measured on the carrier's clock. Model, service, carrier and caller of six calls at
# once share this machine's cores, and every message between them waits for its turn there.
SCHEDULING_MS = 200

GREETING = "Hello there."
ASK = "When are you open?"
ANSWER = "We are open all day long."
STORY = " ".join(["one two three four five six seven eight nine ten eleven twelve"] * 2)
FILLER, SOON = "One moment.", "Very soon now."
AGENT = f'lines = {{ filler = "{FILLER}", waiting = ["{SOON}"] }}'
SCRIPT = ModelScript(
    greeting=GREETING, steps=(Step(hears=ANYTHING, say=ANSWER, once=False),), expects=(ASK, ASK)
)
TELLS = ModelScript(
    greeting=GREETING, steps=(Step(hears=ANYTHING, say=STORY, once=False),), expects=(ASK, ASK)
)
ONE_TURN = (WaitForAgent(300), Say(ASK), WaitForAgent(2000, timeout_secs=20.0))
SLOW = Faults(updated_after_secs=3.0)
REFUSED = [Faults(refuse_with=status) for status in (503, 429, 503)]


def broken(mishap: Mishap, moment: Moment, after_secs: float = 0.0) -> Faults:
    return Faults(incidents=(Incident(moment=moment, mishap=mishap, after_secs=after_secs),))


def scene(*first_faults: Faults, script: ModelScript = SCRIPT, **more: Any) -> Scene:
    scene: dict[str, Any] = {"actions": ONE_TURN, "first_line": GREETING}
    scene["clips"] = (GREETING, FILLER, SOON)
    return SCENES.add(script=script, agent=AGENT, first_faults=first_faults, **scene | more)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def calls(
    spoken: Voice, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Scenes]:
    folder = tmp_path_factory.mktemp("comes_back")
    await SCENES.play(folder, spoken, at_once=6, asked=asked_by(request))
    yield SCENES


def assert_never_silent(
    call: Told, from_ms: float | None = None, *, for_ms: int = SILENCE_MS
) -> None:
    """The caller heard no second of silence from their question, or from then, to the last sound.

    The time in which they speak themselves does not count.
    """
    asks = any(event.kind == "caller_says" for event in call.sim.events)
    asked_ms = call.fell_silent_at(ASK) if asks else 0.0
    quiet_from = asked_ms if from_ms is None else from_ms
    silences = []
    for span in call.sounds_between(quiet_from, call.ended_ms):
        if span.start_ms > asked_ms:
            quiet_from = max(quiet_from, asked_ms)
        silences.append(round(span.start_ms - quiet_from))
        quiet_from = span.end_ms
    assert silences
    assert max(silences) <= for_ms + SCHEDULING_MS, silences


def assert_answered(call: Told) -> None:
    """One greeting, the question, its answer; the caller hung up content."""
    agent = [text for role, text in call.turns if role == "agent" and text not in (FILLER, SOON)]
    assert agent == [GREETING, ANSWER]
    assert ("caller", ASK) in call.turns
    assert call.outcome == ("completed", "caller_hung_up")
    assert call.errors == []


# -- it listens -----------------------------------------------------------------------------------

LISTENING = {
    mishap: scene(broken(mishap, Moment.LISTENING, 0.3))
    for mishap in (Mishap.DROP, Mishap.CLOSE, Mishap.EXPIRE)
}
LISTENING_THEN = {
    "slow": scene(broken(Mishap.DROP, Moment.LISTENING, 0.3), SLOW),
    "slow, lost behind the question": scene(broken(Mishap.DROP, Moment.LISTENING, 1.2), SLOW),
    "refused": scene(broken(Mishap.DROP, Moment.LISTENING, 0.3), *REFUSED),
}


@pytest.mark.parametrize("mishap", SCENES.thorough_but(LISTENING, Mishap.EXPIRE))
def test_lost_while_it_listens(calls: Scenes, mishap: Mishap) -> None:
    """The other session hears the question from its beginning, and answers it."""
    call = calls[LISTENING[mishap]]
    assert_answered(call)
    assert_never_silent(call)


THE_SLOWEST = "slow, lost behind the question"


@pytest.mark.parametrize("how", SCENES.thorough_but(LISTENING_THEN, THE_SLOWEST, "refused"))
def test_lost_while_it_listens_and_slow_to_come_back(calls: Scenes, how: str) -> None:
    """The caller is asked to wait, as often as need be, and is answered."""
    call = calls[LISTENING_THEN[how]]
    assert_answered(call)
    assert_never_silent(call)
    assert call.heard(FILLER) is not None
    assert call.refused == ([503, 429, 503] if how == "refused" else [])


def test_whoever_waits_long_hears_different_words(calls: Scenes) -> None:
    """One line after the other."""
    call = calls[LISTENING_THEN[THE_SLOWEST]]
    lines = [text for role, text in call.turns if role == "agent" and text in (FILLER, SOON)]
    assert lines[:3] == [FILLER, SOON, FILLER]


GONE = scene(
    broken(Mishap.DROP, Moment.LISTENING, 1.2),
    faults=Faults(refuse_with=503),
    actions=(WaitForAgent(300), Say(ASK), StayOn()),
)


def test_a_model_that_does_not_come_back_is_apologised_for(calls: Scenes) -> None:
    """The caller is asked to wait until nothing is left to be tried, and gets a person."""
    call = calls[GONE]
    assert_never_silent(call)
    assert call.outcome == ("failed", "model_lost")
    assert call.dialled == [HUMAN]
    last_sound = call.sounds_between(0.0, call.at_ms("say"))[-1]
    assert call.at_ms("say") - last_sound.end_ms <= SILENCE_MS + SCHEDULING_MS


STALLED = {
    "and back at once": scene(broken(Mishap.STALL, Moment.LISTENING)),
    "and slow to come back": scene(broken(Mishap.STALL, Moment.LISTENING), SLOW),
}


@pytest.mark.parametrize("how", SCENES.thorough_but(STALLED, "and slow to come back"))
def test_stalled_without_closing(calls: Scenes, how: str) -> None:
    """The caller is asked to wait within two and a half seconds, and another session answers."""
    call = calls[STALLED[how]]
    assert_answered(call)
    assert_never_silent(call, for_ms=SILENT_MODEL_MS)
    assert call.heard(FILLER) is not None


# -- it speaks ------------------------------------------------------------------------------------

SLUGGISH = Manner(first_audio_after_secs=0.2, transcript_after_secs=0.1, speed=1.2)
SPEAKING = {
    "dropped": scene(broken(Mishap.DROP, Moment.SPEAKING, 0.3), script=TELLS),
    "dropped, slow": scene(broken(Mishap.DROP, Moment.SPEAKING, 0.3), SLOW, script=TELLS),
    "dropped, refused": scene(broken(Mishap.DROP, Moment.SPEAKING, 0.3), *REFUSED, script=TELLS),
    "stalled": scene(broken(Mishap.STALL, Moment.SPEAKING, 0.05), script=TELLS),
    "stalled, slow": scene(broken(Mishap.STALL, Moment.SPEAKING, 0.05), SLOW, script=TELLS),
    "stalled, a slow generator": scene(
        broken(Mishap.STALL, Moment.SPEAKING, 1.0), script=TELLS, manner=SLUGGISH
    ),
}


@pytest.mark.parametrize("how", SCENES.thorough_but(SPEAKING, "dropped", "stalled, slow"))
def test_lost_while_it_speaks(calls: Scenes, how: str) -> None:
    """What was said stays said, and the other session is told of it before it goes on."""
    call = calls[SPEAKING[how]]
    assert_never_silent(call)
    assert call.outcome == ("completed", "caller_hung_up")
    told = [item for item in call.session.items if item["type"] == "message"]
    assert [item["role"] for item in told][:3] == ["assistant", "user", "assistant"]
    assert told[0]["content"][0]["text"] == GREETING
    begun = told[2]["content"][0]["text"]
    assert begun and STORY.startswith(begun)
    assert call.turns[-1] == ("agent", STORY)


# -- it works on something ------------------------------------------------------------------------

HOURS = ModelScript(
    greeting=GREETING,
    steps=(
        Step(after_tool="lookup_hours", say=ANSWER),
        Step(hears=ANYTHING, calls=(Call(name="lookup_hours"),)),
    ),
    expects=(ASK,),
)
TOOL = {
    "at once": scene(
        broken(Mishap.DROP, Moment.TOOL_CALL), script=HOURS, business={"delay_secs": 0.5}
    ),
    "slow": scene(
        broken(Mishap.DROP, Moment.TOOL_CALL), SLOW, script=HOURS, business={"delay_secs": 1.0}
    ),
}


@pytest.mark.parametrize("how", SCENES.thorough_but(TOOL, "slow"))
def test_lost_during_a_tool_call(calls: Scenes, how: str) -> None:
    """The call and its result are told to the other session, which speaks of it."""
    call = calls[TOOL[how]]
    assert_answered(call)
    assert_never_silent(call)
    kinds = [item["type"] for item in call.session.items]
    assert "function_call" in kinds
    assert "function_call_output" in kinds
    assert len(call.record["tool_calls"]) == 1


# -- it greets ------------------------------------------------------------------------------------

GREETS = ModelScript(greeting=STORY, steps=(Step(hears=ANYTHING, say=ANSWER),), expects=(ASK,))
GREETED = {
    "at once": scene(broken(Mishap.DROP, Moment.GREETING, 0.1), script=GREETS, first_line=""),
    "slow": scene(broken(Mishap.DROP, Moment.GREETING, 0.1), SLOW, script=GREETS, first_line=""),
}


@pytest.mark.parametrize("how", SCENES.thorough_but(GREETED, "slow"))
def test_lost_during_the_greeting(calls: Scenes, how: str) -> None:
    """The caller is greeted all the same, and answered."""
    call = calls[GREETED[how]]
    assert call.outcome == ("completed", "caller_hung_up")
    assert call.heard(ANSWER) is not None
    begun = call.heard(STORY)
    assert begun is not None
    assert_never_silent(call, begun.start_ms)


# -- it has not come yet --------------------------------------------------------------------------

FIRST_SLOW = scene(SLOW)
FIRST_REFUSED = scene(*REFUSED)
FIRST_BREAKS = scene(broken(Mishap.ERROR, Moment.CONNECTED))
UNGREETED = {
    "slow": scene(SLOW, clips=(FILLER, SOON), actions=(Pause(7000),)),
    "refused": scene(*REFUSED, clips=(FILLER, SOON), actions=(Pause(5000),)),
}


def test_a_first_session_that_is_late(calls: Scenes) -> None:
    """The prepared greeting is heard, the question is kept, and its answer bridged."""
    call = calls[FIRST_SLOW]
    assert_answered(call)
    assert_never_silent(call)
    assert call.heard(FILLER) is not None


def test_a_first_session_refused_three_times_then_accepted(calls: Scenes) -> None:
    """As any other session: the call goes on."""
    call = calls[FIRST_REFUSED]
    assert call.refused == [503, 429, 503]
    assert_answered(call)
    assert_never_silent(call)


def test_an_error_of_the_server_in_place_of_the_settings(calls: Scenes) -> None:
    """It may pass, so it is tried again."""
    call = calls[FIRST_BREAKS]
    assert_answered(call)
    assert_never_silent(call)


@pytest.mark.parametrize("how", SCENES.thorough_but(UNGREETED, "refused"))
def test_without_a_prepared_greeting_the_caller_is_asked_to_wait(calls: Scenes, how: str) -> None:
    """From the moment they are connected, until the model greets them."""
    call = calls[UNGREETED[how]]
    assert_never_silent(call, from_ms=0.0)
    assert call.heard(GREETING) is not None
    assert call.turns[-1] == ("agent", GREETING)
