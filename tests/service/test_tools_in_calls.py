"""Functions the model calls in a call: slow, failing or refused, the caller is never left alone."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from talk_kit import Event, LateDone, Scene, Scenes, Tap, Told

from bot.simulator.caller import InterruptAfter, Pause, Say, StayOn, WaitForAgent
from bot.simulator.model import ANYTHING, Call, Faults, Manner, ModelScript, Step
from bot.simulator.voices import Voice

pytestmark = pytest.mark.timeout(600)  # the fixture plays all calls

SCENES = Scenes()

GREETING = "Hello there."
ASK = "When are you open?"
FILLER = "One moment, please."
LINES = f'lines = {{ filler = "{FILLER}" }}'
ANSWER = "Here is what I found."  # 1.25 s
HOURS = Call(name="lookup_hours", arguments={"day": "2027-03-09"})
BOOKING = Call(
    name="book_appointment", arguments={"name": "Sam", "day": "2027-03-09", "time": "10:00"}
)
ACTIONS = (WaitForAgent(300), Say(ASK))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def calls(spoken: Voice, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scenes]:
    await SCENES.play(tmp_path_factory.mktemp("tools"), spoken, at_once=8)
    yield SCENES


def script(*called: Call, say: str = "") -> ModelScript:
    return ModelScript(
        greeting=GREETING,
        steps=(
            Step(hears=ANYTHING, say=say, calls=called),
            Step(after_tool=called[0].name, say=ANSWER),
        ),
        expects=(ASK,),
    )


def scene(*called: Call, waits_ms: int = 0, say: str = "", **more: Any) -> Scene:
    """The caller asks, the model calls; the caller stays `waits_ms` and until it has spoken."""
    actions = (*ACTIONS, Pause(waits_ms), WaitForAgent(400), Pause(waits_ms))
    played = {"script": script(*called, say=say)} if called else {}
    return SCENES.add(**played | {"actions": actions} | more)


def called_at(call: Told) -> float:
    return call.sent_at("response.function_call_arguments.done")[0]


def assert_answered(call: Told) -> None:
    """Every call of a function has its output, and the model spoke about it."""
    functions = [i for i in call.session.conversation.items if i.body["type"] == "function_call"]
    assert len(call.outputs) == len(functions) == len(call.record["tool_calls"])
    assert call.heard_ms(ANSWER) == 1250
    assert call.errors == []


# -- a tool that takes its time -------------------------------------------------------------------

SLOW = scene(HOURS, waits_ms=2000, agent=LINES, business={"delay_secs": 1.6}, tap=LateDone)
SLOW_PREPARED = scene(
    HOURS, waits_ms=2000, agent=LINES, business={"delay_secs": 1.6}, clips=(FILLER,)
)


@pytest.mark.parametrize("scene", [SLOW, SLOW_PREPARED], ids=["spoken", "prepared"])
def test_a_caller_who_waits_hears_a_filler_and_then_the_answer(calls: Scenes, scene: Scene) -> None:
    """After 0.7 s, in full, before the answer; from a clip at once."""
    call = calls[scene]
    filler, answer = call.heard(FILLER), call.heard(ANSWER)
    assert filler is not None and answer is not None
    assert called_at(call) + 650 < filler.start_ms < called_at(call) + 1400
    assert filler.end_ms - filler.start_ms == 750
    assert filler.end_ms <= answer.start_ms
    assert_answered(call)
    took = call.record["tool_calls"][0]
    assert took["ok"] and took["name"] == "lookup_hours"
    assert 1600 <= took["duration_ms"] < 2400
    assert took["result"]["hours"][0]["day"] == "2027-03-09"


def test_a_filler_is_no_part_of_what_the_model_remembers(calls: Scenes) -> None:
    """It stands in the transcript, for it was heard; the model never said it."""
    for scene in (SLOW, SLOW_PREPARED):
        call = calls[scene]
        assert ("agent", FILLER) in call.turns
        assert FILLER not in " ".join(item.words for item in call.session.conversation.items)


def test_a_filler_once_spoken_is_kept_as_a_clip(calls: Scenes) -> None:
    """The next caller who has to wait hears it at once."""
    call = calls[SLOW]
    assert call.voice.render(FILLER) in [clip.read_bytes() for clip in call.clips.iterdir()]


QUICK = scene(HOURS, agent=LINES)


def test_a_quick_tool_is_answered_without_a_filler(calls: Scenes) -> None:
    """Nobody needs to be comforted."""
    call = calls[QUICK]
    assert call.heard(FILLER) is None
    assert_answered(call)


AFTER_WORDS = scene(
    HOURS, waits_ms=3200, say="Let me look at that.", agent=LINES, business={"delay_secs": 2.2}
)


def test_the_wait_behind_the_agents_own_words_is_filled_too(calls: Scenes) -> None:
    """The line is never silent for long while a tool is at work."""
    call = calls[AFTER_WORDS]
    words, filler = call.heard("Let me look at that."), call.heard(FILLER)
    assert words is not None and filler is not None
    assert filler.start_ms - words.end_ms < 1100
    assert_answered(call)


TWO = scene(
    HOURS,
    Call(name="lookup_order", arguments={"order_id": "1042"}),
    waits_ms=2000,
    agent=LINES,
    business={"delay_secs": 1.2},
)


def test_two_functions_in_one_answer_are_answered_once(calls: Scenes) -> None:
    """Both results are there before the model speaks, and the caller hears one filler."""
    call = calls[TWO]
    assert_answered(call)
    assert {"hours", "orders"} == {key for output in call.outputs for key in output}
    assert call.asked.count("answer") == 1
    assert [text for _, text in call.turns].count(FILLER) == 1


# -- a model that calls for ever ------------------------------------------------------------------

DAYS = tuple(Call(name="lookup_hours", arguments={"day": f"2027-03-{n:02}"}) for n in range(1, 29))
AFTER_HOURS = ModelScript(
    greeting=GREETING, steps=(Step(after_tool="lookup_hours", say=ANSWER),), expects=(ASK,)
)
LOOPS = {
    "other days": scene(waits_ms=4000, script=AFTER_HOURS, agent=LINES, faults=Faults(loops=DAYS)),
    "the same": scene(
        waits_ms=4000, script=AFTER_HOURS, agent=LINES, faults=Faults(loops=(HOURS,))
    ),
}


@pytest.mark.parametrize("loop", LOOPS)
def test_a_model_that_loops_in_functions_has_to_speak(calls: Scenes, loop: str) -> None:
    """Within three rounds the caller has an answer, and the call goes on."""
    call = calls[LOOPS[loop]]
    assert call.heard_ms(ANSWER) == 1250
    assert len(call.outputs) == (3 if loop == "other days" else 2)
    assert call.outcome == ("completed", "caller_hung_up")


# -- a tool that does not do what it was asked ----------------------------------------------------

BAD_DAY = Call(name="lookup_hours", arguments={"day": "the day after tomorrow"})
NO_ORDER = Call(name="lookup_order", arguments={"order_id": "9999"})
TABLE = Call(
    name="book_appointment",
    arguments={"name": "Sam", "day": "2027-03-09", "time": "19:00", "party": 4},
)


class Rewritten(Tap):
    """The model calls with another name or other arguments than its script could make up."""

    name = "lookup_hours"
    arguments = "{}"

    async def to_service(self, event: Event) -> list[Event]:
        if event["type"] == "response.output_item.done":
            item = event["item"]
            if item["type"] == "function_call":
                item |= {"name": self.name, "arguments": self.arguments}
        return [event]


class NoSuchTool(Rewritten):
    name = "lookup_weather"


class NotJson(Rewritten):
    arguments = '{"day": '


FAILURES = {
    "too_slow": scene(HOURS, waits_ms=2800, business={"delay_secs": 4.0}),
    "unavailable": scene(HOURS, business={"fail_next": 9, "fail_status": 500}),
    "unavailable: 503": scene(HOURS, business={"fail_next": 9}),
    "unavailable: nobody there": scene(HOURS, settings={"business_api_base": "http://127.0.0.1:9"}),
    "not_found": scene(NO_ORDER),
    "bad_arguments": scene(BAD_DAY),
    "bad_arguments: no JSON": scene(HOURS, tap=NotJson),
    "unknown_tool": scene(HOURS, tap=NoSuchTool),
    "refused": scene(TABLE),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_tool_that_fails_has_an_output_and_the_caller_an_answer(
    calls: Scenes, failure: str
) -> None:
    """The model reads what went wrong and what to do about it; the record says it failed."""
    call = calls[FAILURES[failure]]
    slug = failure.partition(":")[0]
    assert [output["error"] for output in call.outputs] == [slug]
    assert call.outputs[0]["say"]
    assert_answered(call)
    tool_call = call.record["tool_calls"][0]
    assert tool_call["ok"] is False
    assert tool_call["result"] == call.outputs[0]
    assert tool_call["duration_ms"] < (2900 if slug == "too_slow" else 700)


def test_a_tool_past_its_deadline_is_waited_for_no_longer(calls: Scenes) -> None:
    """2.5 s, then the model says so."""
    call = calls[FAILURES["too_slow"]]
    answer = call.heard(ANSWER)
    assert answer is not None
    assert call.record["tool_calls"][0]["duration_ms"] >= 2450
    assert answer.start_ms < called_at(call) + 3600


def test_a_refusal_brings_what_there_is_instead(calls: Scenes) -> None:
    """Best first, in the business's own words."""
    call = calls[FAILURES["refused"]]
    assert call.outputs[0]["alternatives"][0] == {"day": "2027-03-09", "time": "19:45"}
    assert call.outputs[0]["reason"]
    assert call.appointments == []


def test_arguments_that_are_no_json_are_kept_as_they_came(calls: Scenes) -> None:
    """For whoever looks into it."""
    tool_call = calls[FAILURES["bad_arguments: no JSON"]].record["tool_calls"][0]
    assert tool_call["arguments"] == {"unreadable": '{"day": '}


# -- a booking ------------------------------------------------------------------------------------

LATE_BOOKING = scene(
    BOOKING, waits_ms=2800, agent='lines = { filler = "" }', business={"delay_secs": 3.2}
)


def test_a_booking_that_takes_longer_than_the_deadline_is_made_once(calls: Scenes) -> None:
    """The model is told it is not confirmed yet; the record ends with how it came out."""
    call = calls[LATE_BOOKING]
    assert [output["error"] for output in call.outputs] == ["unconfirmed"]
    assert call.heard_ms(ANSWER) == 1250
    assert [a["name"] for a in call.appointments] == ["Sam"]
    tool_call = call.record["tool_calls"][0]
    assert tool_call["ok"] and tool_call["result"]["booked"]
    assert tool_call["duration_ms"] >= 3200


HURRY = "And please hurry up a little."
ALL_RIGHT = "All right then."
CUT_BOOKING = SCENES.add(
    script=ModelScript(
        greeting=GREETING,
        steps=(
            Step(hears=ANYTHING, calls=(BOOKING,)),
            Step(after_tool="book_appointment", say=ANSWER),
        ),
        expects=(ASK, HURRY),
    ),
    business={"delay_secs": 2.0},
    agent=LINES,
    clips=(FILLER,),
    actions=(*ACTIONS, InterruptAfter(200, HURRY), WaitForAgent(1500)),
)


def test_a_booking_survives_the_caller_who_speaks_over_the_filler(calls: Scenes) -> None:
    """The filler stops, the booking is made once, and the caller hears of it."""
    call = calls[CUT_BOOKING]
    assert 200 < call.heard_ms(FILLER) < 750
    assert [a["name"] for a in call.appointments] == ["Sam"]
    assert call.outputs[0]["booked"]
    assert call.heard_ms(ANSWER) == 1250
    assert call.errors == []


# -- a filler that is cut while the model is still speaking it ------------------------------------

BYE = "Goodbye!"
CUT_FILLER = SCENES.add(
    script=ModelScript(
        greeting=GREETING,
        steps=(
            Step(hears=ANYTHING, calls=(HOURS,)),
            Step(after_tool="lookup_hours", say=BYE),
        ),
        expects=(ASK, HURRY),
    ),
    manner=Manner(first_audio_after_secs=0.1, transcript_after_secs=0.1, delta_ms=100, speed=1.1),
    business={"delay_secs": 2.0},
    agent=f"goodbye = {{ grace_secs = 0.5 }}\n{LINES}",
    actions=(*ACTIONS, InterruptAfter(150, HURRY), StayOn()),
)


def test_a_filler_cut_while_it_is_made_leaves_nothing_behind(calls: Scenes) -> None:
    """Its response is cancelled, and the call can still be brought to its end by a goodbye."""
    call = calls[CUT_FILLER]
    assert 0 < call.heard_ms(FILLER) < 750
    assert "cancelled" in [response["status"] for response in call.session.responses]
    assert call.heard_ms(BYE) == 250
    assert call.outcome == ("completed", "goodbye")
    assert call.errors == []


def test_outputs_are_json_objects_that_say_something(calls: Scenes) -> None:
    """An empty result makes a model invent one."""
    for scene in (SLOW, TWO, LATE_BOOKING, CUT_BOOKING, *FAILURES.values()):
        assert all(json.dumps(output) != "{}" for output in calls[scene].outputs)
