"""What the agent says that it has done, held against what was done, in whole calls."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from talk_kit import Scene, Scenes, Told

from bot.simulator.caller import Pause, Say, WaitForAgent
from bot.simulator.model import ANYTHING, Call, ModelScript, Step
from bot.simulator.voices import Voice

pytestmark = pytest.mark.timeout(600)

SCENES = Scenes()

ASK = "When are you open?"
CLAIM = "You're booked for Tuesday at ten."
SORRY = "I'm sorry, that is not booked yet."
DONE = "Now you're booked, Sam."
BOOKING = Call(
    name="book_appointment", arguments={"name": "Sam", "day": "2027-03-09", "time": "10:00"}
)
TWO_ANSWERS = (WaitForAgent(300), Say(ASK), WaitForAgent(600), Pause(4000))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def calls(spoken: Voice, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scenes]:
    await SCENES.play(tmp_path_factory.mktemp("said"), spoken)
    yield SCENES


def scene(*steps: Step, actions: Any = TWO_ANSWERS, **more: Any) -> Scene:
    script = ModelScript(greeting="Hello there.", steps=steps, expects=(ASK,))
    return SCENES.add(script=script, actions=actions, **more)


def notes(call: Told) -> list[str]:
    """What the model was told of its claims."""
    items = [e["item"] for e in call.session.received("conversation.item.create")]
    texts = [i["content"][0]["text"] for i in items if i.get("role") == "system"]
    return [text for text in texts if "correct yourself" in text]


CORRECTED = scene(Step(hears=ANYTHING, say=CLAIM), Step(nudged=True, say=SORRY))


def test_an_agent_that_claims_what_was_not_done_corrects_itself(calls: Scenes) -> None:
    """In the same call, right after it was heard to say so; the record tells of both."""
    call = calls[CORRECTED]
    claim, sorry = call.heard(CLAIM), call.heard(SORRY)
    assert claim is not None and sorry is not None
    assert claim.end_ms < sorry.start_ms < claim.end_ms + 1500
    assert len(notes(call)) == 1
    assert call.record["unproven"]["standing"]["taken_back"]


IGNORED = scene(
    Step(hears=ANYTHING, say=CLAIM), Step(nudged=True, say="Is there anything else today?")
)


def test_a_claim_that_stands_uncorrected_stays_in_the_record(calls: Scenes) -> None:
    """For the owner to look at."""
    call = calls[IGNORED]
    assert len(notes(call)) == 1
    assert call.record["unproven"]["standing"]["taken_back"] is False


MADE_UP_FOR = scene(
    Step(hears=ANYTHING, say=CLAIM),
    Step(nudged=True, say=SORRY, calls=(BOOKING,)),
    Step(after_tool="book_appointment", say=DONE),
    actions=(WaitForAgent(300), Say(ASK), WaitForAgent(600), Pause(7000)),
)


def test_what_is_done_after_all_is_no_fault(calls: Scenes) -> None:
    """The model was told, and books."""
    call = calls[MADE_UP_FOR]
    assert call.heard(DONE) is not None
    assert len(notes(call)) == 1
    assert call.record["unproven"] is None
    assert [each["name"] for each in call.appointments] == ["Sam"]


TRUE = scene(Step(hears=ANYTHING, calls=(BOOKING,)), Step(after_tool="book_appointment", say=CLAIM))
SLOW = scene(
    Step(hears=ANYTHING, say=CLAIM, calls=(BOOKING,)),
    Step(after_tool="book_appointment", say="Anything else?"),
    business={"delay_secs": 3.2},
    actions=(WaitForAgent(300), Say(ASK), WaitForAgent(600), Pause(6000)),
)
GONE = scene(
    Step(hears=ANYTHING, say=CLAIM, calls=(BOOKING,)),
    Step(after_tool="book_appointment", say="Anything else?"),
    business={"delay_secs": 6.0},
    actions=(WaitForAgent(300), Say(ASK), WaitForAgent(600), Pause(700)),
)


def test_a_claim_that_is_true_is_left_alone(calls: Scenes) -> None:
    """Nothing is told to the model, nothing flagged."""
    call = calls[TRUE]
    assert call.heard(CLAIM) is not None
    assert notes(call) == []
    assert call.record["unproven"] is None


@pytest.mark.parametrize("scene", [SLOW, GONE], ids=["in the call", "the caller is gone"])
def test_a_booking_that_ends_after_its_deadline_covers_the_claim(
    calls: Scenes, scene: Scene
) -> None:
    """The model was told that it is not confirmed, and that it claimed too much; it is done."""
    call = calls[scene]
    assert call.record["tool_calls"][0]["ok"]
    assert call.record["unproven"] is None


LAST_WORDS = scene(
    Step(hears=ANYTHING, say=f"{CLAIM} Goodbye!", calls=(Call(name="end_call"),)),
    Step(nudged=True, say=SORRY),
    agent="goodbye = { grace_secs = 0.5 }",
)


def test_the_call_does_not_end_over_a_claim_that_is_not_so(calls: Scenes) -> None:
    """What was to end it was in the words that are corrected."""
    call = calls[LAST_WORDS]
    assert call.heard_ms(SORRY) > 1000
    assert call.outcome == ("completed", "caller_hung_up")
