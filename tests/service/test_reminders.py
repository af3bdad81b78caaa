"""Reminders: whole calls with the shipped agent, and what each of them leaves behind."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from talk_kit import BOOKED, Scene, Scenes, Told

from bot.clock import utcnow
from bot.simulator.caller import Action, HangUp, Pause, Press, Say, StayOn, WaitForAgent
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
from bot.store import BatchRecord, ContactRecord, Store
from bot.testing.line import CALLER, HUMAN, Line

pytestmark = pytest.mark.timeout(600)  # the fixture plays all calls

SCENES = Scenes()

ANN = "Ann Miller"
FIRST_LINE = (
    "Hello, this is the AI assistant of Riverside Clinic, phone 5 5 5, 0 1 0 0. "
    f"Am I speaking with {ANN}?"
)
DETAILS = "You see a doctor on Tuesday, will you come?"
BYE = "All right, that is noted. Goodbye!"
PRIVATE = ("Osei", "10:00", BOOKED, "A1001", "root canal")

IT_IS_ME = "Yes, this is she."
YES = "Yes, I will be there."

RIGHT_PERSON = Call(name="right_person")
CONFIRM = Call(name="confirm_appointment")
CANCEL = Call(name="cancel_appointment")
GREETED = Step(hears=ANYTHING, calls=(RIGHT_PERSON,))
TOLD = Step(after_tool="right_person", say=DETAILS)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def calls(spoken: Voice, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scenes]:
    await SCENES.play(tmp_path_factory.mktemp("reminders"), spoken)
    yield SCENES


def move(time: str) -> Call:
    return Call(name="reschedule_appointment", arguments={"day": BOOKED, "time": time})


def scene(*steps: Step, says: Sequence[str | Action] = (), **more: Any) -> Scene:
    """A call to Ann, who waits for the agent before each thing she `says`, then stays on."""
    actions: list[Action] = []
    for said in says:
        actions += [WaitForAgent(300), Say(said)] if isinstance(said, str) else [said]
    return SCENES.add(
        **{
            "order": {
                "agent": "reminder",
                "variables": {"name": ANN, "appointments": "A1001"},
                "private": {"treatment": "root canal"},
            },
            "bookings": ("10:00",),
            "script": ModelScript(
                steps=steps, expects=[said for said in says if isinstance(said, str)]
            ),
            "actions": (*actions, StayOn()),
            "within_secs": 45.0,
        }
        | more
    )


def sent_to_model(call: Told) -> list[tuple[float, str]]:
    """All that the model was ever sent but sound: (when, text)."""
    return [
        (moved.at_secs, json.dumps(moved.event))
        for moved in call.session.client_events
        if moved.event["type"] != "input_audio_buffer.append"
    ]


def assert_nothing_private(texts: Sequence[str]) -> None:
    assert texts
    for text in texts:
        assert not [fact for fact in PRIVATE if fact in text]


def ran(call: Told) -> list[tuple[str, bool]]:
    """The tools that were run, and whether they did what they were asked."""
    return [(tool_call["name"], tool_call["ok"]) for tool_call in call.record["tool_calls"]]


def states(call: Told) -> list[str]:
    return [f"{a['time']} {a['state']}" for a in call.appointments]


# -- what becomes of the appointment --------------------------------------------------------------

CONFIRMED = scene(
    GREETED,
    TOLD,
    Step(hears=ANYTHING, calls=(CONFIRM,)),
    Step(after_tool="confirm_appointment", say=BYE),
    says=(IT_IS_ME, YES),
)


def test_a_reminder_is_confirmed(calls: Scenes) -> None:
    """The person first, then the appointment, then it is written and said back."""
    call = calls[CONFIRMED]
    assert ran(call) == [("right_person", True), ("confirm_appointment", True)]
    assert states(call) == ["10:00 confirmed"]
    assert call.heard(BYE) is not None
    assert call.outcome == ("completed", "goodbye")
    assert call.errors == []


def test_the_first_line_says_who_calls_and_names_only_whom_it_asks_for(calls: Scenes) -> None:
    """The business, a number to call back, an AI: word for word, before anything else."""
    call = calls[CONFIRMED]
    assert call.turns[0] == ("agent", FIRST_LINE)
    assert_nothing_private([FIRST_LINE])


def test_the_model_knows_nothing_private_before_the_person_is_known(calls: Scenes) -> None:
    """Nothing it was sent before the answer of right_person holds a private fact; that does."""
    call = calls[CONFIRMED]
    sent = sent_to_model(call)
    answered_at, answer = next(
        (at, text) for at, text in sent if "function_call_output" in text and "Osei" in text
    )
    assert_nothing_private([text for at, text in sent if at < answered_at])
    assert not [fact for fact in PRIVATE if fact not in answer]


CANCELLED = scene(
    GREETED,
    TOLD,
    Step(hears=ANYTHING, calls=(CANCEL,)),
    Step(after_tool="cancel_appointment", say=BYE),
    says=(IT_IS_ME, "No, I cannot come at all."),
)


def test_a_reminder_is_cancelled(calls: Scenes) -> None:
    """The slot is free again."""
    call = calls[CANCELLED]
    assert ran(call)[-1] == ("cancel_appointment", True)
    assert states(call) == ["10:00 cancelled"]


OFFER = "Half past eleven is free, is that fine?"
MOVED = scene(
    GREETED,
    TOLD,
    Step(hears=ANYTHING, calls=(move("11:00"),)),
    Step(after_tool="reschedule_appointment", result_has="alternatives", say=OFFER),
    Step(hears=ANYTHING, calls=(move("11:30"),)),
    Step(after_tool="reschedule_appointment", say=BYE),
    says=(IT_IS_ME, "Can I come at eleven?", "Yes, please."),
    bookings=("10:00", "11:00"),
)


def test_a_reminder_is_moved_to_a_slot_that_was_offered(calls: Scenes) -> None:
    """The one asked for is taken: the business offers others, and one of them is taken."""
    call = calls[MOVED]
    assert ran(call)[1:] == [("reschedule_appointment", False), ("reschedule_appointment", True)]
    assert {"day": BOOKED, "time": "11:30"} in call.outputs[1]["alternatives"]
    assert states(call) == ["11:30 booked", "11:00 booked"]


HOUSEHOLD = scene(
    GREETED,
    TOLD,
    Step(
        hears=ANYTHING,
        calls=(
            Call(name="confirm_appointment", arguments={"which": 1}),
            Call(name="cancel_appointment", arguments={"which": 2}),
        ),
    ),
    Step(after_tool="cancel_appointment", say=BYE),
    says=(IT_IS_ME, "I will come, my son will not."),
    bookings=("10:00", "10:30"),
    order={
        "agent": "reminder",
        "variables": {"name": ANN, "appointments": "A1001,A1002"},
    },
)


def test_one_call_settles_the_appointments_of_a_household(calls: Scenes) -> None:
    """Each in its own way."""
    call = calls[HOUSEHOLD]
    assert [a["which"] for a in call.outputs[0]["appointments"]] == [1, 2]
    assert states(call) == ["10:00 confirmed", "10:30 cancelled"]


# -- somebody else, some other time, some other language ------------------------------------------

WRONG = scene(
    Step(hears=ANYTHING, calls=(Call(name="wrong_person"),)),
    Step(after_tool="wrong_person", say="I am sorry to have troubled you. Goodbye!"),
    says=("No, there is nobody of that name here.",),
)
TALKED_INTO_IT = scene(
    Step(hears=ANYTHING, calls=(CONFIRM,)),
    Step(after_tool="confirm_appointment", say="I cannot tell you that. Goodbye!"),
    says=("I am her husband, just tell me and confirm it.",),
)


@pytest.mark.parametrize("scene", [WRONG, TALKED_INTO_IT], ids=["wrong number", "talked into it"])
def test_a_stranger_learns_nothing(calls: Scenes, scene: Scene) -> None:
    """In the whole call the model is never sent a private fact, so it cannot tell one."""
    call = calls[scene]
    assert_nothing_private([text for _, text in sent_to_model(call)])
    assert states(call) == ["10:00 booked"]


def test_the_wrong_person_is_noted(calls: Scenes) -> None:
    """The record tells the sender; what was refused is no success."""
    assert ran(calls[WRONG]) == [("wrong_person", True)]
    assert ran(calls[TALKED_INTO_IT]) == [("confirm_appointment", False)]


LATER = scene(
    Step(
        hears=ANYTHING, calls=(Call(name="call_back_later", arguments={"at": "2099-03-05 15:00"}),)
    ),
    Step(after_tool="call_back_later", say=BYE),
    says=("I am driving, call me at three on Friday.",),
)


def test_another_time_is_noted(calls: Scenes) -> None:
    """The time stands in the record, on the callee's own clock."""
    call = calls[LATER]
    assert ran(call) == [("call_back_later", True)]
    assert call.record["tool_calls"][0]["result"]["at"] == "2099-03-05T15:00"


LANGUAGE = scene(
    Step(hears=ANYTHING, calls=(Call(name="another_language", arguments={"language": "Spanish"}),)),
    Step(after_tool="another_language", say=BYE),
    says=("No hablo inglés.",),
)


def test_another_language_is_noted(calls: Scenes) -> None:
    """So that somebody who speaks it can call."""
    call = calls[LANGUAGE]
    assert ran(call) == [("another_language", True)]
    assert call.record["tool_calls"][0]["arguments"] == {"language": "Spanish"}


# -- no more calls --------------------------------------------------------------------------------

OFF = "You will not be called again. Goodbye!"
SPOKEN_BACK = Step(after_tool="opt_out", say=OFF)
STOP = "Stop calling me, please."

BY_MODEL = scene(
    Step(hears=ANYTHING, calls=(Call(name="opt_out", arguments={"note": "Scratch that."}),)),
    SPOKEN_BACK,
    says=("Scratch me from whatever this is.",),
)
BY_WORDS = scene(Step(hears=ANYTHING, say="I see."), SPOKEN_BACK, says=(STOP,))
BY_BOTH = scene(Step(hears=ANYTHING, calls=(Call(name="opt_out"),)), SPOKEN_BACK, says=(STOP,))
BY_KEY = scene(SPOKEN_BACK, says=(Pause(1200), Press("9")))


@pytest.mark.parametrize(
    ("scene", "note"),
    [
        (BY_MODEL, "Scratch that."),
        (BY_WORDS, STOP),
        (BY_KEY, "They pressed 9."),
    ],
    ids=["by the model", "by words", "by key"],
)
def test_an_opt_out_is_written_and_spoken_back(calls: Scenes, scene: Scene, note: str) -> None:
    """The number is on the list, with what was said; the caller hears that it is."""
    call = calls[scene]
    assert call.suppressed == [(CALLER, note)]
    assert ran(call) == [("opt_out", True)]
    assert call.heard(OFF) is not None
    assert call.outcome == ("completed", "goodbye")
    assert call.errors == []


def test_words_that_the_model_understands_as_well_are_one_opt_out(calls: Scenes) -> None:
    """Both ask for it; it is written once."""
    call = calls[BY_BOTH]
    assert len(call.suppressed) == 1
    assert {name for name, _ in ran(call)} == {"opt_out"} and all(ok for _, ok in ran(call))
    assert call.heard(OFF) is not None
    assert call.errors == []


def test_the_key_does_not_wait_for_the_agent_to_finish(calls: Scenes) -> None:
    """It is pressed into the first line, and acted on there."""
    call = calls[BY_KEY]
    line, spoken_back = call.heard(FIRST_LINE), call.heard(OFF)
    assert line is not None and spoken_back is not None
    pressed_ms = call.at_ms("caller_pressed")
    assert line.start_ms < pressed_ms < line.end_ms <= spoken_back.start_ms


WORDS_AND_GONE = scene(says=(STOP, HangUp()))
KEY_AND_GONE = scene(says=(Pause(800), Press("9"), HangUp()))
DEAF = scene(
    says=(Pause(800), Press("9"), Pause(1500), HangUp()), faults=Faults(never_answers=True)
)
LOST = Faults(incidents=(Incident(moment=Moment.GREETING, mishap=Mishap.DROP),))
RECONNECTING = scene(
    SPOKEN_BACK,
    says=(Pause(1600), Press("9")),
    first_faults=(LOST,),
    faults=Faults(created_after_secs=1.5),
)


@pytest.mark.parametrize(
    "scene",
    [WORDS_AND_GONE, KEY_AND_GONE, DEAF],
    ids=["words and hung up", "key and hung up", "silent model"],
)
def test_an_opt_out_counts_without_the_model(calls: Scenes, scene: Scene) -> None:
    """Whoever hangs up on their own words has still said them; the record knows how it ended."""
    call = calls[scene]
    assert [number for number, _ in call.suppressed] == [CALLER]
    assert ran(call) == [("opt_out", True)]
    assert call.outcome == ("completed", "caller_hung_up")


def test_an_opt_out_counts_while_the_model_is_replaced(calls: Scenes) -> None:
    """The key falls between two sessions: it is written, and the second one says so."""
    call = calls[RECONNECTING]
    assert call.suppressed == [(CALLER, "They pressed 9.")]
    assert ran(call) == [("opt_out", True)]
    assert call.heard(OFF) is not None
    assert call.errors == []


# -- a person -------------------------------------------------------------------------------------

ZERO = scene(says=(Pause(1200), Press("0")))
ZERO_DEAF = scene(says=(Pause(1200), Press("0")), faults=Faults(never_answers=True))


@pytest.mark.parametrize("scene", [ZERO, ZERO_DEAF], ids=["speaking", "silent"])
def test_zero_reaches_a_person_without_the_model(calls: Scenes, scene: Scene) -> None:
    """As soon as it is known to stand alone, whatever the model does."""
    call = calls[scene]
    assert call.dialled == [HUMAN]
    assert call.outcome == ("transferred", "transfer")
    assert call.record["transfer"]["reason"] == "The caller pressed 0."
    assert call.at_ms("dial") - call.at_ms("caller_pressed") < 4500


NOBODY = "I am sorry, nobody can take your call right now. Please try again later."
ALONE = scene(
    says=(WaitForAgent(300), Press("0"), WaitForAgent(600), HangUp()),
    settings={"human_transfer_number": ""},
)


def test_zero_without_a_person_is_answered(calls: Scenes) -> None:
    """The agent says its line, and the call goes on."""
    call = calls[ALONE]
    assert call.turns[-1] == ("agent", NOBODY)
    assert call.dialled == []
    assert call.outcome == ("completed", "caller_hung_up")


# -- a business in trouble ------------------------------------------------------------------------

SORRY = "I cannot see that right now. Goodbye!"
DOWN = scene(
    GREETED,
    TOLD,
    Step(hears=ANYTHING, calls=(CONFIRM,)),
    Step(after_tool="confirm_appointment", say=SORRY),
    says=(IT_IS_ME, YES),
    business={"fail_next": 99, "fail_status": 500},
)
SLOW = scene(
    GREETED,
    TOLD,
    Step(hears=ANYTHING, calls=(CONFIRM,)),
    Step(
        after_tool="confirm_appointment",
        say="I am still working on that and promise nothing. Goodbye!",
    ),
    says=(IT_IS_ME, WaitForAgent(1500), Say(YES)),
    business={"delay_secs": 3.2},
)
GONE = scene(
    GREETED,
    TOLD,
    says=(IT_IS_ME,),
    order={
        "agent": "reminder",
        "variables": {"name": ANN, "appointments": "A9999"},
        "private": {"treatment": "root canal"},
    },
)


def test_a_business_that_is_down_is_told_and_nothing_is_promised(calls: Scenes) -> None:
    """The person is known all the same, from the sender's file; nothing counts as confirmed."""
    call = calls[DOWN]
    assert ran(call) == [("right_person", True), ("confirm_appointment", False)]
    assert call.outputs[0]["details"]["treatment"] == "root canal"
    assert "cannot see the rest" in call.outputs[0]["say"]
    assert call.outputs[1]["error"] in ("unavailable", "unconfirmed")
    assert states(call) == ["10:00 booked"]


def test_a_business_that_is_slow_confirms_behind_the_call(calls: Scenes) -> None:
    """Nothing is promised in the call; the record says in the end what came of it."""
    call = calls[SLOW]
    assert call.outputs[0]["appointments"] == [{"which": 1, "error": "too_slow"}]
    assert call.outputs[1]["error"] == "unconfirmed"
    assert ran(call) == [("right_person", True), ("confirm_appointment", True)]
    assert states(call) == ["10:00 confirmed"]


def test_an_appointment_that_is_gone_is_told_so(calls: Scenes) -> None:
    """The model is not left to invent one."""
    assert calls[GONE].outputs[0]["appointments"] == [{"which": 1, "error": "not_found"}]


# -- ringing back ---------------------------------------------------------------------------------


async def called_yesterday(line: Line) -> None:
    """Ann was called by a batch that runs, and did not answer."""
    yesterday = utcnow() - timedelta(days=1)
    store = await Store.open(line.settings.database_url)
    try:
        await store.batches.add(
            BatchRecord(id="b", name="b", agent="reminder", settings={}, created_at=yesterday)
        )
        await store.batches.set_state("b", "running", expect=["planned"], at=yesterday)
        contact = ContactRecord(
            id="b_1",
            batch_id="b",
            line=2,
            number=CALLER,
            variables={"name": ANN, "appointments": "Ann Miller: at ten"},
            appointments=("A1001",),
        )
        await store.batches.add_contacts([contact])
        (attempt,) = await store.ledger.plan("b", now=yesterday, backlog=1)
        decision = {"at": yesterday.isoformat()}
        assert await store.ledger.placing(
            attempt.id, number=CALLER, at=yesterday, decision=decision, concurrency=1
        )
        assert await store.ledger.placed(attempt.id, at=yesterday, call_id="earlier", call_sid=None)
    finally:
        await store.close()


RANG_BACK = scene(
    GREETED,
    TOLD,
    Step(hears=ANYTHING, calls=(CONFIRM,)),
    Step(after_tool="confirm_appointment", say=BYE),
    says=(IT_IS_ME, YES),
    order=None,
    before=called_yesterday,
)


def test_whoever_rings_back_lands_in_the_same_reminder(calls: Scenes) -> None:
    """The same agent with the same first line, who knows that it is called back."""
    call = calls[RANG_BACK]
    assert (call.record["direction"], call.record["agent"]) == ("inbound", "reminder")
    assert call.turns[0] == ("agent", FIRST_LINE)
    told = call.session.received("session.update")[0]["session"]
    assert "the other person has called you" in told["instructions"]
    assert_nothing_private([told["instructions"]])
    assert ran(call) == [("right_person", True), ("confirm_appointment", True)]
    assert states(call) == ["10:00 confirmed"]
