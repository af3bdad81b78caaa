"""Whole calls over the wire of the Gemini Live API: what is heard, what the model knows, what is in
the record. Every message of both sides is one that google-genai knows.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from talk_kit import BOOKED, Scene, Scenes, Told, asked_by

from bot.simulator.caller import InterruptAfter, Pause, Say, StayOn, WaitForAgent
from bot.simulator.gemini import GeminiRecord
from bot.simulator.model import ANYTHING, Call, Faults, Incident, Mishap, ModelScript, Moment, Step
from bot.simulator.voices import Voice
from bot.testing.line import CALLER
from tests.brains.gemini.oracle import assert_known

pytestmark = pytest.mark.timeout(600)  # the fixture plays all calls

SCENES = Scenes()

GREETING = "Hello there."
ASK = "Tell me a story."
STORY = "one two three four five six seven eight nine ten eleven twelve"
WAIT = "Wait, please stop."
ALL_RIGHT = "All right then."
NOD = "Uh-huh."
WRONG = "You are welcome."
BYE = "Thank you for calling us today. Goodbye!"
OFF = "You will not be called again. Goodbye!"
STOP = "Stop calling me, please."
BOOKING = Call(name="book_appointment", arguments={"name": "Sam", "day": BOOKED, "time": "10:00"})
HOURS = Call(name="lookup_hours", arguments={"day": BOOKED})
AGAIN = (Step(hears=ANYTHING, say=STORY), Step(hears=ANYTHING, say=ALL_RIGHT))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def calls(
    spoken: Voice, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Scenes]:
    folder = tmp_path_factory.mktemp("gemini")
    await SCENES.play(folder, spoken, asked=asked_by(request))
    yield SCENES


def scene(*steps: Step, expects: tuple[str, ...] = (ASK, WAIT), **more: Any) -> Scene:
    script = ModelScript(greeting=GREETING, steps=steps, expects=expects)
    return SCENES.add(**{"brain": "gemini", "script": script} | more)


def far(call: Told, number: int = -1) -> GeminiRecord:
    """One of its sessions, as the model saw it; the last one."""
    record = call.sessions[number]
    assert isinstance(record, GeminiRecord)
    return record


def said_by_agent(call: Told) -> list[str]:
    """What was heard of it, by the record."""
    return [text for role, text in call.turns if role == "agent"]


def broken(mishap: Mishap, moment: Moment, after_secs: float = 0.0, **more: Any) -> Faults:
    incident = Incident(moment=moment, mishap=mishap, after_secs=after_secs, for_secs=6.0)
    return Faults(incidents=(incident,), **more)


# -- the caller cuts in ---------------------------------------------------------------------------

CUT_IN = scene(
    *AGAIN,
    summary=True,
    actions=(WaitForAgent(300), Say(ASK), InterruptAfter(1500, WAIT), WaitForAgent()),
)


def test_the_agent_greets_answers_and_is_interrupted(calls: Scenes) -> None:
    """Each turn is answered once; what was heard, and no more, is in the record."""
    call = calls[CUT_IN]
    turn = call.turn("one")
    assert call.turns == [
        ("agent", GREETING),
        ("caller", ASK),
        ("agent", turn["text"]),
        ("caller", WAIT),
        ("agent", ALL_RIGHT),
    ]
    assert [t["interrupted"] for t in call.record["turns"]] == [False, False, True, False, False]
    assert STORY.startswith(turn["text"])


def test_the_model_is_told_what_was_heard_before_it_answers(calls: Scenes) -> None:
    """By a note within the caller's next words: nothing can be taken out of its memory."""
    call = calls[CUT_IN]
    said, turns = call.turn("one")["text"], far(call).turns
    (note,) = [text for text in far(call).told if "cut off" in text]
    assert f'only: "{said}"' in note
    assert turns.index(("told", note)) < turns.index(("user", WAIT))


def test_only_marked_speech_is_sent(calls: Scenes) -> None:
    """Our ear marks it, so that the model's own never takes the turn."""
    record = far(calls[CUT_IN])
    assert record.stray_ms == 0
    assert len(record.activities_ms) == 2
    assert abs(record.audio_received_ms - sum(record.activities_ms)) < 100
    hears = record.session["realtimeInputConfig"]
    assert hears == {"automaticActivityDetection": {"disabled": True}}
    assert record.session["contextWindowCompression"] == {"slidingWindow": {}}
    assert record.session["sessionResumption"] == {}


def test_usage_is_cost(calls: Scenes) -> None:
    """As it is billed: all of the conversation with each turn."""
    call = calls[CUT_IN]
    used = far(call).sent("usageMetadata")
    audio_out = sum(each["responseTokenCount"] for each in used)
    prompts = [{d["modality"]: d["tokenCount"] for d in e["promptTokensDetails"]} for e in used]
    dollars = (
        0.75 * sum(each["TEXT"] for each in prompts)
        + 3 * sum(each["AUDIO"] for each in prompts)
        + 12 * audio_out
    ) / 1e6
    assert len(used) >= 3
    assert call.record["cost"]["model"] == pytest.approx(dollars, abs=2e-6)


def test_the_summary_comes_by_a_function(calls: Scenes) -> None:
    call = calls[CUT_IN]
    assert call.record["outcome"]["summary"] == "The call was handled."


NODS = scene(
    Step(hears=ANYTHING, say=STORY),
    Step(hears=ANYTHING, say=WRONG),
    expects=(ASK, NOD),
    actions=(WaitForAgent(300), Say(ASK), InterruptAfter(800, NOD), WaitForAgent(1500)),
)


def test_a_nod_takes_no_turn(calls: Scenes) -> None:
    """The story goes on, and the answer to the nod is heard by nobody."""
    call = calls[NODS]
    assert call.turn("one")["text"] == STORY
    assert not call.turn("one")["interrupted"]
    assert WRONG not in said_by_agent(call)


# -- functions ------------------------------------------------------------------------------------

ASKED = scene(
    Step(hears=ANYTHING, calls=(HOURS,)),
    Step(after_tool=HOURS.name, say=ALL_RIGHT),
    actions=(WaitForAgent(300), Say(ASK), WaitForAgent()),
)


def test_a_function_is_run_and_spoken_of(calls: Scenes) -> None:
    call = calls[ASKED]
    assert said_by_agent(call) == [GREETING, ALL_RIGHT]
    ((name, response, scheduling),) = far(call).results
    assert (name, scheduling) == ("lookup_hours", "WHEN_IDLE")
    assert response["output"] == call.record["tool_calls"][0]["result"]


CALLED_OFF = scene(
    Step(hears=ANYTHING, say="I will book that now.", calls=(BOOKING,)),
    Step(hears=ANYTHING, say=ALL_RIGHT),
    faults=Faults(cancels_tools=True),
    business={"delay_secs": 3.0},
    actions=(WaitForAgent(100), Say(ASK), WaitForAgent(300), Say(WAIT), WaitForAgent(4000)),
)


def test_a_booking_that_the_model_calls_off_is_made_all_the_same(calls: Scenes) -> None:
    """It learns of it later, and says nothing because of it."""
    call = calls[CALLED_OFF]
    assert far(call).sent("toolCallCancellation")
    assert [each["name"] for each in call.appointments] == ["Sam"]
    assert [each["ok"] for each in call.record["tool_calls"]] == [True]
    assert far(call).results == []
    assert said_by_agent(call)[-1] == ALL_RIGHT


# -- the end --------------------------------------------------------------------------------------

GOODBYE = scene(
    Step(hears=ANYTHING, say=BYE),
    agent="goodbye = { grace_secs = 1.0 }",
    actions=(WaitForAgent(300), Say(ASK), StayOn()),
)


def test_a_goodbye_that_was_heard_ends_the_call(calls: Scenes) -> None:
    call = calls[GOODBYE]
    assert said_by_agent(call) == [GREETING, BYE]
    assert call.outcome == ("completed", "goodbye")


NO_MORE = scene(
    Step(hears=ANYTHING, say="I see."),
    Step(after_tool="opt_out", say=OFF),
    expects=(STOP,),
    pipeline="reminder",
    order={"variables": {"name": "Ann", "appointments": ""}},
    actions=(WaitForAgent(300), Say(STOP), StayOn()),
    within_secs=45.0,
)


def test_no_more_calls(calls: Scenes) -> None:
    """By their words, whatever the model makes of them; and it speaks of it."""
    call = calls[NO_MORE]
    assert call.suppressed == [(CALLER, STOP)]
    assert OFF in said_by_agent(call)


# -- sessions that end ----------------------------------------------------------------------------

TWICE = (
    Step(hears=ANYTHING, say=STORY, once=False),
    Step(nudged=True, say=ALL_RIGHT, once=False),
)
TWO_TURNS = (WaitForAgent(500), Say(ASK), WaitForAgent(700), Pause(1500), Say(WAIT), WaitForAgent())
LOST = {
    "between": scene(
        *TWICE,
        first_faults=(broken(Mishap.DROP, Moment.SPEAKING, 0.9),),
        actions=TWO_TURNS,
    ),
    "while it listens": scene(
        *TWICE, first_faults=(broken(Mishap.INVALID, Moment.LISTENING, 0.3),), actions=TWO_TURNS
    ),
    "while it speaks": scene(
        *TWICE, first_faults=(broken(Mishap.CLOSE, Moment.GREETING, 0.1),), actions=TWO_TURNS
    ),
    "and the state with it": scene(
        *TWICE,
        first_faults=(broken(Mishap.DROP, Moment.SPEAKING, 0.9), Faults(refuses_handles=True)),
        faults=Faults(refuses_handles=True),
        actions=TWO_TURNS,
    ),
}


SOME = ("while it speaks", "and the state with it")


@pytest.mark.parametrize("how", SCENES.thorough_but(LOST, *SOME))
def test_a_lost_session_is_replaced(calls: Scenes, how: str) -> None:
    """Both turns of the caller are in the record and answered."""
    call = calls[LOST[how]]
    said = [text for role, text in call.turns if role == "caller"]
    assert said[0] == ASK and len(said) == 2
    assert call.outcome == ("completed", "caller_hung_up")
    assert said_by_agent(call)[-1] == STORY
    assert far(call).resumed == (how in ("between", "while it listens"))
    if how != "while it speaks":
        assert ("model", GREETING) in far(call).turns


AWAY = scene(
    *TWICE,
    first_faults=(broken(Mishap.GO_AWAY, Moment.SPEAKING, 0.5),),
    actions=TWO_TURNS,
)


def test_a_session_that_is_about_to_end_is_renewed_before(calls: Scenes) -> None:
    """In a quiet moment, from where it was: nobody hears anything of it."""
    call = calls[AWAY]
    assert far(call, 0).sent("goAway")
    assert [far(call, number).resumed for number in range(2)] == [False, True]
    assert said_by_agent(call) == [GREETING, STORY, STORY]


EMPTY = {
    "empty": scene(*TWICE, faults=Faults(empty_after=1), actions=TWO_TURNS[:3]),
    "filtered": scene(
        *TWICE,
        faults=Faults(empty_after=1, empty_because="GENERATED_CONTENT_SAFETY"),
        actions=TWO_TURNS[:3],
    ),
}


@pytest.mark.parametrize("why", SCENES.thorough_but(EMPTY, "filtered"))
def test_an_answer_without_anything_in_it_is_asked_for_again(calls: Scenes, why: str) -> None:
    call = calls[EMPTY[why]]
    assert said_by_agent(call) == [GREETING, STORY]
    assert any("filter" in text for text in far(call).told) == (why == "filtered")


STALLED = scene(
    *TWICE,
    first_faults=(broken(Mishap.STALL, Moment.LISTENING, 0.0),),
    actions=(WaitForAgent(500), Say(ASK), WaitForAgent(700, timeout_secs=12)),
)


def test_a_model_that_says_nothing_is_replaced(calls: Scenes) -> None:
    """Within some seconds, and what they said is answered."""
    call = calls[STALLED]
    assert len(call.sessions) == 2
    assert said_by_agent(call)[-1] == STORY


# -- the wire -------------------------------------------------------------------------------------


@pytest.mark.parametrize("run", ["usual", pytest.param("thorough", marks=pytest.mark.thorough)])
def test_every_message_is_one_that_their_own_types_know(calls: Scenes, run: str) -> None:
    """In the calls of either run."""
    for each in SCENES.played:
        for number in range(len(calls[each].sessions)):
            record = far(calls[each], number)
            assert_known(record)
