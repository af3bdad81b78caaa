"""The model's session is lost in mid-call and another takes its place: the call goes on."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from talk_kit import Scene, Scenes, Told

from bot.simulator.caller import Pause, Say, WaitForAgent
from bot.simulator.model import (
    ANYTHING,
    Call,
    Faults,
    Incident,
    Mishap,
    ModelScript,
    Moment,
    Step,
)
from bot.simulator.voices import Voice

pytestmark = pytest.mark.timeout(150)  # the fixture plays all calls in real time

SCENES = Scenes()

GREETING = "Hello there."
ASK = "When are you open?"
ANSWER = "We are open all day long."
FILLER = "One moment."
AGENT = f'lines = {{ filler = "{FILLER}" }}'
SCRIPT = ModelScript(
    greeting=GREETING, steps=(Step(hears=ANYTHING, say=ANSWER, once=False),), expects=(ASK, ASK)
)
ONE_TURN = (WaitForAgent(300), Say(ASK), WaitForAgent(500, timeout_secs=20.0))


def broken(mishap: Mishap, moment: Moment, after_secs: float = 0.0) -> Faults:
    return Faults(incidents=(Incident(moment=moment, mishap=mishap, after_secs=after_secs),))


def scene(*first_faults: Faults, script: ModelScript = SCRIPT, **more: Any) -> Scene:
    return SCENES.add(
        script=script,
        agent=AGENT,
        first_line=GREETING,
        clips=(GREETING, FILLER),
        first_faults=first_faults,
        **{"actions": ONE_TURN} | more,
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def calls(spoken: Voice, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scenes]:
    await SCENES.play(tmp_path_factory.mktemp("comes_back"), spoken, at_once=6)
    yield SCENES


def assert_answered(call: Told) -> None:
    """One greeting, the question, its answer; the caller hung up content."""
    agent = [text for role, text in call.turns if role == "agent" and text != FILLER]
    assert agent == [GREETING, ANSWER]
    assert call.outcome == ("completed", "caller_hung_up")
    assert call.errors == []


def silence_ms(call: Told) -> float:
    """The longest the caller heard nothing between the end of the question and the answer."""
    asked_ms = call.fell_silent_at(ASK)
    answered = call.heard(ANSWER)
    assert answered is not None
    filler = call.heard(FILLER)
    if filler is None or not asked_ms < filler.start_ms < answered.start_ms:
        return answered.start_ms - asked_ms
    return max(filler.start_ms - asked_ms, answered.start_ms - filler.end_ms)


LISTENING = {
    mishap: scene(broken(mishap, Moment.LISTENING, 0.3))
    for mishap in (Mishap.DROP, Mishap.CLOSE, Mishap.EXPIRE)
}


@pytest.mark.parametrize("mishap", LISTENING)
def test_lost_while_it_listens(calls: Scenes, mishap: Mishap) -> None:
    """The other session hears the question from its beginning, and answers it."""
    call = calls[LISTENING[mishap]]
    assert_answered(call)
    assert silence_ms(call) < 2000


REFUSED = scene(
    broken(Mishap.DROP, Moment.LISTENING, 0.3), *[Faults(refuse_with=503) for _ in range(3)]
)


def test_refused_three_times_then_accepted(calls: Scenes) -> None:
    """The caller waits a little longer, and is answered."""
    call = calls[REFUSED]
    assert_answered(call)
    assert call.refused == [503, 503, 503]


PATIENT = (WaitForAgent(300), Say(ASK), WaitForAgent(2500, timeout_secs=20.0))
STALLED = scene(broken(Mishap.STALL, Moment.LISTENING), actions=PATIENT)


def test_stalled_without_closing(calls: Scenes) -> None:
    """The caller is told to wait within a second or so, and another session answers him."""
    call = calls[STALLED]
    assert_answered(call)
    filler = call.heard(FILLER)
    assert filler is not None
    assert filler.start_ms - call.fell_silent_at(ASK) < 1500
    assert silence_ms(call) < 2500


STALLED_SPEAKING = scene(broken(Mishap.STALL, Moment.SPEAKING, 0.05))


def test_stalled_while_it_speaks(calls: Scenes) -> None:
    """Another session is told what was heard before it goes on."""
    call = calls[STALLED_SPEAKING]
    assert call.outcome == ("completed", "caller_hung_up")
    told = [item for item in call.session.items if item["type"] == "message"]
    assert [item["role"] for item in told][:2] == ["assistant", "user"]
    assert told[0]["content"][0]["text"] == GREETING


SPEAKING = scene(broken(Mishap.DROP, Moment.SPEAKING, 0.05))


def test_lost_while_it_speaks(calls: Scenes) -> None:
    """What was said stays said, and the other session is told of it before it goes on."""
    call = calls[SPEAKING]
    assert call.outcome == ("completed", "caller_hung_up")
    told = [item for item in call.session.items if item["type"] == "message"]
    roles = [item["role"] for item in told]
    assert roles[:2] == ["assistant", "user"]
    assert told[0]["content"][0]["text"] == GREETING


HOURS = ModelScript(
    greeting=GREETING,
    steps=(
        Step(after_tool="lookup_hours", say=ANSWER),
        Step(hears=ANYTHING, calls=(Call(name="lookup_hours"),)),
    ),
    expects=(ASK,),
)
TOOL = scene(broken(Mishap.DROP, Moment.TOOL_CALL), script=HOURS, business={"delay_secs": 0.5})


def test_lost_during_a_tool_call(calls: Scenes) -> None:
    """The call and its result are told to the other session, which speaks of it."""
    call = calls[TOOL]
    assert_answered(call)
    kinds = [item["type"] for item in call.session.items]
    assert "function_call" in kinds
    assert "function_call_output" in kinds
    assert len(call.record["tool_calls"]) == 1


GREETED = SCENES.add(
    script=ModelScript(
        greeting="one two three four five six seven eight",
        expects=(ASK,),
        steps=(Step(hears=ANYTHING, say=ANSWER),),
    ),
    agent=AGENT,
    actions=(Pause(3500), Say(ASK), WaitForAgent(500)),
    first_faults=(broken(Mishap.DROP, Moment.GREETING, 0.05),),
)


def test_lost_during_the_greeting(calls: Scenes) -> None:
    """The caller is greeted all the same, and answered."""
    call = calls[GREETED]
    assert call.outcome == ("completed", "caller_hung_up")
    assert call.heard(ANSWER) is not None
