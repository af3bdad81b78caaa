"""The agent takes leave: when the line goes dead, and when it does not."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from talk_kit import LateDone, Scenes, Told

from bot.simulator.caller import InterruptAfter, Say, StayOn, WaitForAgent
from bot.simulator.carrier import EndReason
from bot.simulator.model import ANYTHING, Call, ModelScript, Step
from bot.simulator.voices import Voice

pytestmark = pytest.mark.timeout(600)  # the fixture plays all calls

SCENES = Scenes()

GRACE = "goodbye = { grace_secs = 1.0 }\n"
GREETING = "Hello there."
THANKS = "No, thank you, that is all."
BYE = "Thank you for calling us today. Goodbye!"
ALSO = "Oh, one more thing, please."
GO_ON = "Of course, what is it?"
END = Call(name="end_call", arguments={"summary": "Nothing was wanted."})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def calls(spoken: Voice, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scenes]:
    await SCENES.play(tmp_path_factory.mktemp("goodbye"), spoken)
    yield SCENES


def script(*steps: Step) -> ModelScript:
    return ModelScript(greeting=GREETING, steps=steps, expects=(THANKS, ALSO, THANKS))


def played_to_the_end(call: Told, line: str) -> float:
    """When the last sound of the line was heard; fails if it was not heard in full."""
    span = call.heard(line)
    assert span is not None
    assert span.end_ms - span.start_ms == 250 * len(line.split())
    return span.end_ms


# -- said, heard, and nobody speaks again ---------------------------------------------------------

TAKEN = SCENES.add(
    script=script(Step(hears=ANYTHING, say=BYE)),
    agent=GRACE,
    actions=(WaitForAgent(300), Say(THANKS), StayOn()),
)


def test_the_line_goes_dead_a_grace_after_the_farewell_was_heard(calls: Scenes) -> None:
    """Not while it is still playing: generated four times as fast, it was ready long before."""
    call = calls[TAKEN]
    heard_at = played_to_the_end(call, BYE)
    assert heard_at + 950 < call.ended_ms < heard_at + 1600
    assert call.sim.end_reason is EndReason.REST_COMPLETED
    assert call.outcome == ("completed", "goodbye")
    assert call.turns[-1] == ("agent", BYE)


# -- somebody speaks in the grace -----------------------------------------------------------------

CALLED_OFF = SCENES.add(
    script=script(
        Step(hears=ANYTHING, say=BYE),
        Step(hears=ANYTHING, say=GO_ON),
        Step(hears=ANYTHING, say="Goodbye!"),
    ),
    agent=GRACE,
    actions=(
        WaitForAgent(300),
        Say(THANKS),
        WaitForAgent(400),
        Say(ALSO),
        WaitForAgent(300),
        Say(THANKS),
        StayOn(),
    ),
)


def test_speech_in_the_grace_calls_the_goodbye_off(calls: Scenes) -> None:
    """The call goes on, the caller is answered, and a second farewell ends it."""
    call = calls[CALLED_OFF]
    first = played_to_the_end(call, BYE)
    assert first < call.spoke_at(ALSO) < first + 1000
    assert call.heard_ms(GO_ON) == 1250
    second = played_to_the_end(call, "Goodbye!")
    assert second + 950 < call.ended_ms < second + 1600
    assert call.outcome == ("completed", "goodbye")


# -- a farewell that was not heard to its end -----------------------------------------------------

LONG_BYE = "It was a pleasure to help you with this today. Have a great day. Goodbye!"

CUT = SCENES.add(
    script=script(Step(hears=ANYTHING, say=LONG_BYE), Step(hears=ANYTHING, say=GO_ON)),
    agent=GRACE,
    actions=(WaitForAgent(300), Say(THANKS), InterruptAfter(2600, ALSO), WaitForAgent(2000)),
)


def test_a_farewell_that_was_cut_is_none(calls: Scenes) -> None:
    """The caller spoke over it: they have something left to say, and the call goes on."""
    call = calls[CUT]
    assert 0 < call.heard_ms(LONG_BYE) < 3750
    assert call.heard_ms(GO_ON) == 1250
    assert call.sim.end_reason is EndReason.CALLER_HUNG_UP
    assert call.outcome == ("completed", "caller_hung_up")


# -- the model asks to hang up --------------------------------------------------------------------

ASKED = SCENES.add(
    script=script(Step(hears=ANYTHING, say=BYE, calls=(END,))),
    agent=GRACE,
    actions=(WaitForAgent(300), Say(THANKS), StayOn()),
)


def test_end_call_hangs_up_when_what_is_being_said_was_heard(calls: Scenes) -> None:
    """Its words are played to the end, and the model's summary is kept."""
    call = calls[ASKED]
    heard_at = played_to_the_end(call, BYE)
    assert heard_at - 20 < call.ended_ms < heard_at + 700
    assert call.outcome == ("completed", "end_call")
    assert call.record["outcome"]["summary"] == "Nothing was wanted."
    assert call.outputs == [{"ending": True}]


ASKED_AND_CUT = SCENES.add(
    script=script(
        Step(hears=ANYTHING, say=LONG_BYE, calls=(END,)), Step(hears=ANYTHING, say=GO_ON)
    ),
    agent=GRACE,
    actions=(WaitForAgent(300), Say(THANKS), InterruptAfter(1500, ALSO), WaitForAgent(2000)),
)


def test_end_call_in_an_answer_that_was_cut_does_not_count(calls: Scenes) -> None:
    """The caller had something left to say."""
    call = calls[ASKED_AND_CUT]
    assert 0 < call.heard_ms(LONG_BYE) < 3750
    assert call.heard_ms(GO_ON) == 1250
    assert call.outcome == ("completed", "caller_hung_up")


FAREWELL = "Thank you and goodbye."

WORDLESS = SCENES.add(
    script=script(Step(hears=ANYTHING, calls=(END,))),
    agent=f'{GRACE}lines = {{ farewell = "{FAREWELL}" }}',
    actions=(WaitForAgent(300), Say(THANKS), StayOn()),
)


def test_end_call_without_a_word_says_farewell_first(calls: Scenes) -> None:
    """Nobody is hung up on in silence."""
    call = calls[WORDLESS]
    heard_at = played_to_the_end(call, FAREWELL)
    assert heard_at - 20 < call.ended_ms < heard_at + 1600
    assert call.outcome == ("completed", "end_call")


WORDLESS_LATE = SCENES.add(
    script=script(Step(hears=ANYTHING, calls=(END,))),
    agent=f'{GRACE}lines = {{ farewell = "{FAREWELL}" }}',
    tap=LateDone,
    actions=(WaitForAgent(300), Say(THANKS), StayOn()),
)


def test_the_farewell_is_heard_also_when_the_silent_answer_ends_late(calls: Scenes) -> None:
    """Between the answer that called and the one that takes leave nobody hangs up."""
    call = calls[WORDLESS_LATE]
    heard_at = played_to_the_end(call, FAREWELL)
    assert heard_at - 20 < call.ended_ms < heard_at + 1600
    assert call.outcome == ("completed", "end_call")


WORDLESS_CLIP = SCENES.add(
    script=script(Step(hears=ANYTHING, calls=(END,))),
    agent=f'{GRACE}lines = {{ farewell = "{FAREWELL}" }}',
    clips=(FAREWELL,),
    actions=(WaitForAgent(300), Say(THANKS), StayOn()),
)


def test_a_prepared_farewell_is_heard_to_its_end(calls: Scenes) -> None:
    """From the clip, without another response of the model."""
    call = calls[WORDLESS_CLIP]
    heard_at = played_to_the_end(call, FAREWELL)
    assert heard_at - 20 < call.ended_ms < heard_at + 1600
    assert call.outcome == ("completed", "end_call")
    assert call.asked == ["opening"]
