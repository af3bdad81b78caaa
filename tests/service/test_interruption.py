"""The caller cuts in: what falls silent, how soon, and what the model knows of it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from talk_kit import Event, Scenes, Tap, Told, silenced

from bot.simulator.caller import InterruptAfter, Pause, Say, WaitForAgent
from bot.simulator.carrier import MarksLate
from bot.simulator.model import ANYTHING, Call, Manner, ModelScript, Step
from bot.simulator.voices import Voice

pytestmark = pytest.mark.timeout(600)  # the fixture plays all calls

SCENES = Scenes()

STORY = "one two three four five six seven eight nine ten eleven twelve"  # three seconds
WAIT = "Wait, please stop."
ALL_RIGHT = "All right then."
HEARD_AGREES_MS = 60


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def calls(spoken: Voice, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scenes]:
    await SCENES.play(tmp_path_factory.mktemp("interruption"), spoken, at_once=5)
    yield SCENES


def assert_cut(call: Told, line: str, by: str) -> None:
    """The line broke off soon after the caller began, and the model knows where."""
    heard = call.heard(line)
    assert heard is not None
    spoke_at = call.spoke_at(by)
    assert heard.start_ms < spoke_at < heard.end_ms < spoke_at + 600
    clear = next(clear for clear in call.sim.clears if clear.at_ms > spoke_at)
    assert clear.at_ms < spoke_at + 600
    assert any(
        abs(told - (heard.end_ms - heard.start_ms)) <= HEARD_AGREES_MS for told in call.truncated_ms
    ), (call.truncated_ms, heard)


class DeafToInterruptions(Tap):
    """The model's ear takes for silence what the caller says over its second answer."""

    def __init__(self) -> None:
        self._answers = 0

    async def to_model(self, event: Event) -> list[Event]:
        return [silenced(event) if self._answers >= 2 else event]

    async def to_service(self, event: Event) -> list[Event]:
        self._answers += event["type"] == "response.output_audio.done"
        return [event]


# -- an answer that was generated long ago and is still playing ----------------------------------

CUT_IN = SCENES.add(
    script=ModelScript(
        greeting="Hello there.",
        steps=(Step(hears=ANYTHING, say=STORY), Step(hears=ANYTHING, say=ALL_RIGHT)),
        expects=("Tell me a story.", WAIT),
    ),
    actions=(
        WaitForAgent(300),
        Say("Tell me a story."),
        InterruptAfter(1500, WAIT),
        WaitForAgent(),
    ),
)


def test_the_agent_falls_silent_soon_after_the_caller_begins(calls: Scenes) -> None:
    """Clear goes out within 600 ms of the first sound, and the model knows what was heard."""
    call = calls[CUT_IN]
    assert_cut(call, STORY, WAIT)
    assert len(call.sim.clears) == len(call.truncated_ms) == 1


def test_a_finished_response_is_cut_without_an_objection_of_the_model(calls: Scenes) -> None:
    """All of it was generated before: there is nothing to cancel, and the cut is in the sound."""
    call = calls[CUT_IN]
    assert [response["status"] for response in call.session.responses] == ["completed"] * 3
    assert call.session.received("response.cancel") == []
    assert call.errors == []


def test_nothing_of_the_old_answer_is_heard_after_the_clear(calls: Scenes) -> None:
    """From the clear to the next answer the line is silent."""
    call = calls[CUT_IN]
    answer = call.heard(ALL_RIGHT)
    assert answer is not None
    assert call.sounds_between(call.sim.clears[0].at_ms + 1, answer.start_ms) == []
    assert call.heard_ms(ALL_RIGHT) == 750


def test_the_record_keeps_the_words_that_were_heard(calls: Scenes) -> None:
    """Words after the cut are in no transcript; the turn is marked as interrupted."""
    call = calls[CUT_IN]
    turn = call.turn("one")
    heard_words = call.heard_ms(STORY) / 250
    assert turn["interrupted"]
    assert STORY.startswith(turn["text"])
    assert abs(len(turn["text"].split()) - heard_words) <= 1
    assert [text for _, text in call.turns] == [
        "Hello there.",
        "Tell me a story.",
        turn["text"],
        WAIT,
        ALL_RIGHT,
    ]
    assert [t["interrupted"] for t in call.record["turns"]] == [False, False, True, False, False]


# -- a carrier far away ---------------------------------------------------------------------------

DISTANCES = ((0.0, 0.0), (0.1, 0.0), (0.25, 0.05), (0.4, 0.0), (0.4, 0.1), (0.6, 0.0), (0.6, 0.2))
LONG = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu"  # three seconds
FAR_AWAY = {
    (secs, jitter_secs): SCENES.add(
        script=ModelScript(
            greeting=LONG,
            steps=(Step(hears=ANYTHING, say=STORY), Step(hears=ANYTHING, say=ALL_RIGHT)),
            expects=("Tell me a story.", WAIT),
        ),
        marks_late=MarksLate(secs=secs, jitter_secs=jitter_secs),
        actions=(
            WaitForAgent(300),
            Say("Tell me a story."),
            InterruptAfter(1500, WAIT),
            WaitForAgent(),
        ),
    )
    for secs, jitter_secs in DISTANCES
}


@pytest.mark.parametrize("late", DISTANCES)
def test_however_late_marks_are_no_sound_has_a_hole(
    calls: Scenes, late: tuple[float, float]
) -> None:
    """From the first words on, when nobody knows yet how far the carrier is."""
    call = calls[FAR_AWAY[late]]
    assert call.heard_ms(LONG) == pytest.approx(3000, abs=1)
    assert call.heard_ms(ALL_RIGHT) == pytest.approx(750, abs=1)


@pytest.mark.parametrize("late", DISTANCES)
def test_however_late_marks_are_a_cut_is_known_as_well(
    calls: Scenes, late: tuple[float, float]
) -> None:
    """The agent falls silent as soon, and the model is told the same as next door."""
    call = calls[FAR_AWAY[late]]
    assert_cut(call, STORY, WAIT)
    assert len(call.truncated_ms) == 1
    interrupted = [t["text"] for t in call.record["turns"] if t["interrupted"]]
    assert interrupted == [call.turn("one")["text"]]
    assert call.errors == []


# -- an answer that is still being generated -----------------------------------------------------

CUT_EARLY = SCENES.add(
    script=ModelScript(
        greeting=STORY, steps=(Step(hears=ANYTHING, say=ALL_RIGHT),), expects=(WAIT,)
    ),
    manner=Manner(first_audio_after_secs=0.2, speed=1.2, delta_ms=100, transcript_after_secs=0.1),
    actions=(InterruptAfter(700, WAIT), WaitForAgent()),
)


def test_a_greeting_the_model_speaks_can_be_cut(calls: Scenes) -> None:
    """The response is cancelled before its memory is cut, and the model objects to neither."""
    call = calls[CUT_EARLY]
    assert_cut(call, STORY, WAIT)
    assert call.session.responses[0]["status"] == "cancelled"
    kinds = [moved.event["type"] for moved in call.session.client_events]
    assert kinds.index("response.cancel") < kinds.index("conversation.item.truncate")
    assert call.errors == []


def test_deltas_of_a_cancelled_response_never_reach_the_caller(calls: Scenes) -> None:
    """What the model still sent is not played after the cut."""
    call = calls[CUT_EARLY]
    answer = call.heard(ALL_RIGHT)
    assert answer is not None
    assert call.sounds_between(call.sim.clears[0].at_ms + 1, answer.start_ms) == []
    assert [text for role, text in call.turns if role == "agent"][1:] == [ALL_RIGHT]


# -- a prepared greeting --------------------------------------------------------------------------

CLIP_CUT = SCENES.add(
    first_line=STORY,
    clips=(STORY,),
    script=ModelScript(steps=(Step(hears=ANYTHING, say=ALL_RIGHT),), expects=(WAIT,)),
    actions=(InterruptAfter(900, WAIT), WaitForAgent()),
)


def test_a_prepared_greeting_can_be_cut(calls: Scenes) -> None:
    """The clip stops, and the model is told only the words that were heard."""
    call = calls[CLIP_CUT]
    heard = call.heard(STORY)
    assert heard is not None
    assert call.spoke_at(WAIT) < heard.end_ms < call.spoke_at(WAIT) + 600
    told = [item for item in call.session.items if item["role"] == "assistant"]
    assert [content["text"] for content in told[0]["content"]] == [call.turn("one")["text"]]
    assert abs(len(call.turn("one")["text"].split()) - call.heard_ms(STORY) / 250) <= 1
    assert call.heard_ms(ALL_RIGHT) == 750
    assert call.errors == []


def test_the_words_of_a_cut_greeting_stand_before_the_callers(calls: Scenes) -> None:
    """The model's memory has the order in which things were said."""
    roles = [item["role"] for item in calls[CLIP_CUT].session.items]
    assert roles == ["assistant", "user", "assistant"]


# -- while a tool is at work ----------------------------------------------------------------------

BOOKING = Call(
    name="book_appointment", arguments={"name": "Sam", "day": "2027-03-09", "time": "10:00"}
)
BOOKED = "You are booked for ten."
LOOKING = "Let me look at that for you now."
HURRY = "And please hurry up a little."

TOOL_CUT = SCENES.add(
    script=ModelScript(
        greeting="Hello there.",
        steps=(
            Step(hears=ANYTHING, say=LOOKING, calls=(BOOKING,)),
            Step(after_tool="book_appointment", say=BOOKED),
            Step(hears=ANYTHING, say=ALL_RIGHT),
        ),
        expects=("Book me at ten.", HURRY),
    ),
    business={"delay_secs": 1.6},
    agent='lines = { filler = "" }',
    actions=(
        WaitForAgent(300),
        Say("Book me at ten."),
        InterruptAfter(700, HURRY),
        WaitForAgent(1500),
    ),
)


def test_an_interruption_does_not_take_back_what_a_tool_is_doing(calls: Scenes) -> None:
    """The booking exists once, and the model is told of it."""
    call = calls[TOOL_CUT]
    assert_cut(call, LOOKING, HURRY)
    assert [a["name"] for a in call.appointments] == ["Sam"]
    assert [output.get("booked") for output in call.outputs] == [True]
    assert [t["ok"] for t in call.record["tool_calls"]] == [True]


def test_after_an_interrupted_tool_the_caller_hears_the_result_and_an_answer(
    calls: Scenes,
) -> None:
    """Neither what the tool found nor what the caller said meanwhile is lost."""
    call = calls[TOOL_CUT]
    assert call.heard_ms(BOOKED) == 1250
    assert call.errors == []
    answered = [item for item in call.session.conversation.items if not item.answered]
    assert answered == []


# -- again and again ------------------------------------------------------------------------------

OTHER_STORY = "seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
NO_NO = "No, no, not that one."

CUT_TWICE = SCENES.add(
    script=ModelScript(
        greeting=STORY,
        steps=(Step(hears=ANYTHING, say=OTHER_STORY), Step(hears=ANYTHING, say=ALL_RIGHT)),
        expects=(WAIT, NO_NO),
    ),
    actions=(InterruptAfter(600, WAIT), InterruptAfter(800, NO_NO), WaitForAgent()),
)


def test_two_interruptions_in_a_row_cut_twice(calls: Scenes) -> None:
    """Each is heard, each is told to the model at its own place."""
    call = calls[CUT_TWICE]
    assert_cut(call, STORY, WAIT)
    assert_cut(call, OTHER_STORY, NO_NO)
    assert len(call.sim.clears) == len(call.truncated_ms) == 2
    assert call.heard_ms(ALL_RIGHT) == 750
    assert [t["interrupted"] for t in call.record["turns"]] == [True, False, True, False, False]
    assert call.errors == []


# -- before the first word ------------------------------------------------------------------------

HELLO = "Hello? Is anybody there?"

CALLER_FIRST = SCENES.add(
    script=ModelScript(
        greeting=STORY, steps=(Step(hears=ANYTHING, say=ALL_RIGHT),), expects=(HELLO,)
    ),
    manner=Manner(first_audio_after_secs=1.2, transcript_after_secs=0.1),
    actions=(Pause(200), Say(HELLO), WaitForAgent()),
)


def test_a_caller_who_speaks_first_is_answered_instead_of_greeted(calls: Scenes) -> None:
    """The greeting that was under way is called off, and only the answer is heard."""
    call = calls[CALLER_FIRST]
    assert call.heard(STORY) is None
    assert call.heard_ms(ALL_RIGHT) == 750
    assert [response["status"] for response in call.session.responses] == ["cancelled", "completed"]
    assert [text for _, text in call.turns] == [HELLO, ALL_RIGHT]
    assert call.errors == []


class LateCancel(Tap):
    """What we cancel goes on for a while: the model hears of it late."""

    async def to_model(self, event: Event) -> list[Event]:
        if event["type"] == "response.cancel":
            await asyncio.sleep(0.7)
        return [event]


UNHEARD = SCENES.add(
    script=ModelScript(
        greeting=STORY, steps=(Step(hears=ANYTHING, say=ALL_RIGHT),), expects=(HELLO,)
    ),
    manner=Manner(first_audio_after_secs=0.5, transcript_after_secs=0.1),
    tap=LateCancel,
    actions=(Say(HELLO), WaitForAgent()),
)


def test_the_model_forgets_what_nobody_heard(calls: Scenes) -> None:
    """It went on generating until our cancellation came: none of it was said to anybody."""
    call = calls[UNHEARD]
    assert call.session.sent("response.output_audio.delta")[0]["response_id"] in {
        response["id"] for response in call.session.responses if response["status"] == "cancelled"
    }
    assert call.heard(STORY) is None
    assert [item["role"] for item in call.session.items] == ["user", "assistant"]
    assert call.turns == [("caller", HELLO), ("agent", ALL_RIGHT)]
    assert call.errors == []


# -- a caller who hangs up in the middle of a sentence --------------------------------------------

GONE = SCENES.add(
    script=ModelScript(greeting=STORY),
    actions=(Pause(1500),),
)


def test_a_sentence_cut_by_hanging_up_is_kept_as_far_as_it_was_heard(calls: Scenes) -> None:
    """It is the last thing that happened in the call."""
    call = calls[GONE]
    turn = call.turn("one")
    assert turn["interrupted"]
    assert abs(len(turn["text"].split()) - call.heard_ms(STORY) / 250) <= 1


# -- a noise that is nobody's turn ----------------------------------------------------------------

AH = "Ah."
FALSE_ALARM = SCENES.add(
    script=ModelScript(
        greeting="Hello there.",
        steps=(
            Step(hears=ANYTHING, say=STORY),
            Step(nudged=True, say=ALL_RIGHT),
        ),
        expects=("Tell me a story.",),
    ),
    tap=DeafToInterruptions,
    agent='barge_in = { style = "cut" }',  # an agent that holds would go on by itself
    actions=(
        WaitForAgent(300),
        Say("Tell me a story."),
        InterruptAfter(900, AH),
        Pause(3300),
    ),
)


def test_the_agent_takes_up_its_thread_after_a_noise(calls: Scenes) -> None:
    """What our ear took for speech and the model's did not leaves no silence behind."""
    call = calls[FALSE_ALARM]
    assert_cut(call, STORY, AH)
    again = call.heard(ALL_RIGHT)
    assert again is not None
    assert again.start_ms < call.fell_silent_at(AH) + 3000
    assert call.errors == []
