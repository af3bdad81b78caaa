"""The tools of a reminder and the sample business, a socket between them."""

import datetime as dt
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.business import HttpBusiness
from bot.clock import utcnow
from bot.simulator.business import BusinessServer
from pipelines import REMINDER
from tools import NumberNeeded, Refused, ToolAnswer, Toolbox, Unavailable


class NoControl:
    """A call that no tool here asks anything of."""

    human_available = False
    keys_available = False
    people: dict[str, bool] = {}

    def request_end(self, summary: str) -> None:
        raise AssertionError("nobody asked to hang up")

    def request_transfer(self, reason: str, to: str = "") -> None:
        raise AssertionError("nobody asked for a transfer")

    def request_keys(self, keys: str) -> None:
        raise AssertionError("nobody asked for keys")


@dataclass
class Wishes:
    """Writes opt-outs down, unless it is broken."""

    notes: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    broken: Exception | None = None

    async def opt_out(self, note: str, number: str = "") -> None:
        if self.broken is not None:
            raise self.broken
        self.notes.append(note)
        self.numbers.append(number)


class Call:
    """A reminder about these appointments, and what the model asks for in it."""

    def __init__(self, business: HttpBusiness, **variables: str) -> None:
        self.wishes = Wishes()
        self._asked = 0
        self.box = Toolbox(
            REMINDER.tools,
            business=business,
            control=NoControl(),
            contacts=self.wishes,
            call_id="call-1",
            variables=variables,
        )

    async def asks(self, name: str, **arguments: Any) -> ToolAnswer:
        self._asked += 1
        return await self.box.run(name, json.dumps(arguments), f"m{self._asked}")


async def booked(business: HttpBusiness, *times: str) -> None:
    """Appointments A1001, A1002, ... on Tuesday at these times."""
    for number, time in enumerate(times):
        await business.book_appointment(
            name=f"Patient {number}",
            day=dt.date(2026, 11, 24),
            time=dt.time.fromisoformat(time),
            party=None,
            phone=None,
            notes=None,
            idempotency_key=f"booking-{number}",
        )


@pytest.fixture
async def one(business: HttpBusiness) -> AsyncIterator[Call]:
    """About one appointment, on Tuesday at ten, with the right person on the line."""
    await booked(business, "10:00", "11:00")
    call = Call(business, appointments="A1001", name="Ann", phone_of_practice="555 0100")
    assert (await call.asks("right_person")).ok
    yield call


@pytest.fixture
async def two(business: HttpBusiness) -> AsyncIterator[Call]:
    """About two of one household, at ten and at half past."""
    await booked(business, "10:00", "10:30")
    call = Call(business, appointments=" A1001 ,A1002,")
    assert (await call.asks("right_person")).ok
    yield call


async def states(shop: BusinessServer) -> list[str]:
    return [f"{a['time']} {a['state']}" for a in await shop.appointments()]


CHANGES: list[tuple[str, Mapping[str, Any]]] = [
    ("confirm_appointment", {}),
    ("cancel_appointment", {}),
    ("reschedule_appointment", {"day": "2026-11-24", "time": "14:00"}),
]


@pytest.mark.parametrize(("name", "arguments"), CHANGES)
async def test_nothing_is_changed_before_the_person_is_known(
    business: HttpBusiness, shop: BusinessServer, name: str, arguments: Mapping[str, Any]
) -> None:
    """Whatever the model was talked into, the toolbox refuses, and the answer tells nothing."""
    await booked(business, "10:00")
    call = Call(business, appointments="A1001")
    answer = await call.asks(name, **arguments)
    assert (answer.ok, answer.output["error"]) == (False, "too_early")
    assert "10:00" not in json.dumps(answer.output) and "Osei" not in json.dumps(answer.output)
    assert await states(shop) == ["10:00 booked"]


async def test_the_right_person_is_told_what_it_is_about(business: HttpBusiness) -> None:
    """What the business knows of each appointment, and what the sender's file says beside it."""
    await booked(business, "10:00", "11:00")
    call = Call(business, appointments="A1002,A1001", treatment="filling")
    answer = (await call.asks("right_person")).output
    assert answer["details"] == {"treatment": "filling"}
    first, second = answer["appointments"]
    assert (first["which"], first["time"], first["with"]) == (1, "11:00", "Dr. Amara Osei")
    assert (second["which"], second["time"], second["standing"]) == (2, "10:00", True)
    assert "say" not in answer


@pytest.mark.parametrize(
    "faults", [{"fail_next": 9, "fail_status": 500}, {"delay_secs": 5.0}], ids=["down", "slow"]
)
async def test_without_its_diary_the_business_still_knows_who_it_is(
    business: HttpBusiness, shop: BusinessServer, faults: Mapping[str, Any]
) -> None:
    """The person is known, in time; what the file says is told, and that the rest is not."""
    for name, value in faults.items():
        setattr(shop.faults, name, value)
    call = Call(business, appointments="A1001", treatment="filling")
    answer = await call.asks("right_person")
    assert answer.ok
    assert answer.output["details"] == {"treatment": "filling"}
    assert answer.output["appointments"][0].keys() == {"which", "error"}
    assert "cannot see the rest" in answer.output["say"]


async def test_an_appointment_nobody_knows_is_told_as_such(business: HttpBusiness) -> None:
    """The others of the household are told of as usual."""
    await booked(business, "10:00")
    answer = await Call(business, appointments="A9999,A1001").asks("right_person")
    gone, known = answer.output["appointments"]
    assert (gone, known["time"]) == ({"which": 1, "error": "not_found"}, "10:00")


async def test_a_confirmation_is_written(one: Call, shop: BusinessServer) -> None:
    """The appointment as it then is comes back."""
    answer = await one.asks("confirm_appointment")
    assert answer.ok and answer.output["confirmed"] is True
    assert answer.output["appointments"][0]["state"] == "confirmed"
    assert await states(shop) == ["10:00 confirmed", "11:00 booked"]


async def test_one_word_confirms_a_household(two: Call, shop: BusinessServer) -> None:
    """Each appointment under a key of its own."""
    assert (await two.asks("confirm_appointment")).ok
    assert await states(shop) == ["10:00 confirmed", "10:30 confirmed"]


async def test_one_of_two_is_cancelled_and_the_other_confirmed(
    two: Call, shop: BusinessServer
) -> None:
    """Which one must be said; nothing is cancelled on a guess."""
    unclear = await two.asks("cancel_appointment")
    assert (unclear.ok, unclear.output["error"]) == (False, "which_one")
    assert (await two.asks("cancel_appointment", which=2)).ok
    assert (await two.asks("confirm_appointment", which=1)).ok
    assert (await two.asks("confirm_appointment", which=3)).output["error"] == "bad_arguments"
    assert await states(shop) == ["10:00 confirmed", "10:30 cancelled"]


async def test_what_could_be_done_for_a_household_only_in_part_is_told_so(
    two: Call, shop: BusinessServer
) -> None:
    """The one that was refused is named with the reason."""
    await two.asks("cancel_appointment", which=1)
    answer = await two.asks("confirm_appointment")
    assert answer.ok
    assert [a["which"] for a in answer.output["appointments"]] == [2]
    (refused,) = answer.output["not_confirmed"]
    assert (refused["which"], refused["reason"]) == (1, "That appointment was cancelled.")
    assert await states(shop) == ["10:00 cancelled", "10:30 confirmed"]


async def test_a_change_of_mind_is_written(one: Call, shop: BusinessServer) -> None:
    """Moved away and back, then confirmed: each of them, though the first wish comes twice."""
    for time in ("14:00", "15:00", "14:00"):
        assert (await one.asks("reschedule_appointment", day="2026-11-24", time=time)).ok
        assert (await states(shop))[0] == f"{time} booked"
    assert (await one.asks("confirm_appointment")).ok
    assert (await states(shop))[0] == "14:00 confirmed"


async def test_a_taken_slot_comes_with_others(one: Call, shop: BusinessServer) -> None:
    """The model is given them, best first; one of them is then free indeed."""
    answer = await one.asks("reschedule_appointment", day="2026-11-24", time="11:00")
    assert not answer.ok
    best = answer.output["alternatives"][0]
    assert (await one.asks("reschedule_appointment", **best)).output["rescheduled"] is True
    assert (await states(shop))[0] == f"{best['time']} booked"


async def test_a_lost_answer_is_no_lost_change(one: Call, shop: BusinessServer) -> None:
    """Both attempts of the client fail after the work: in doubt, and asked again it is known."""
    shop.faults.drop_next = 2
    doubtful = await one.asks("cancel_appointment")
    assert (doubtful.ok, doubtful.output["error"]) == (False, "unconfirmed")
    assert (await one.asks("cancel_appointment")).ok
    assert (await states(shop))[0] == "10:00 cancelled"


async def test_a_household_half_done_is_in_doubt(two: Call, shop: BusinessServer) -> None:
    """One written and the business then gone: nobody says that nothing was done."""
    key = "confirm_appointment"
    answered = 0

    class Fading(HttpBusiness):
        async def confirm_appointment(self, *args: Any, **more: Any) -> Any:
            nonlocal answered
            answered += 1
            if answered == 2:
                raise Unavailable("gone", maybe_done=False)
            return await super().confirm_appointment(*args, **more)

    async with Fading(shop.url) as fading:
        call = Call(fading, appointments="A1001,A1002")
        await call.asks("right_person")
        assert (await call.asks(key)).output["error"] == "unconfirmed"
        assert (await call.asks(key)).ok
    assert await states(shop) == ["10:00 confirmed", "10:30 confirmed"]


async def test_without_ids_the_answer_is_noted_here(business: HttpBusiness) -> None:
    """A sender without a diary on the network learns it from the results; nothing is moved."""
    call = Call(business, treatment="filling")
    await call.asks("right_person")
    assert (await call.asks("confirm_appointment")).output["confirmed"] is True
    assert (await call.asks("cancel_appointment")).output["cancelled"] is True
    moved = await call.asks("reschedule_appointment", day="2026-11-24", time="14:00")
    assert (moved.ok, moved.output["error"]) == (False, "not_possible")


async def test_an_opt_out_is_committed_before_it_is_answered(one: Call) -> None:
    """Once, however often it is asked for; anybody on the line may ask for it."""
    stranger = Call(HttpBusiness("http://127.0.0.1:1"), appointments="A1001")
    for call in (one, stranger):
        for note in ("take me off", "I said no"):
            answer = await call.asks("opt_out", note=note)
            assert answer.ok and "will not be called again" in answer.output["say"]
        assert call.wishes.notes == ["take me off"]


async def test_a_number_that_was_asked_for_is_handed_on(one: Call) -> None:
    """Until it is there, the answer says that nothing is noted, and how to ask for it."""
    one.wishes.broken = NumberNeeded("Their number is withheld")
    answer = await one.asks("opt_out", note="no more")
    assert (answer.ok, answer.output["error"]) == (False, "number_needed")
    assert "ask for it" in answer.output["say"]
    one.wishes.broken = None
    assert (await one.asks("opt_out", note="no more", number="212 555 0142")).ok
    assert one.wishes.numbers == ["212 555 0142"]


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        (Unavailable("no database", maybe_done=False), "unavailable"),
        (Unavailable("slow database", maybe_done=True), "unconfirmed"),
        (Refused("Their number is withheld"), "refused"),
    ],
)
async def test_an_opt_out_that_is_not_written_is_not_promised(
    one: Call, broken: Exception, error: str
) -> None:
    """The model is told that it is not done, and the next attempt is a new one."""
    one.wishes.broken = broken
    answer = await one.asks("opt_out")
    assert (answer.ok, answer.output["error"]) == (False, error)
    one.wishes.broken = None
    assert (await one.asks("opt_out")).ok
    assert one.wishes.notes == [""]


@pytest.mark.parametrize(
    ("zone", "at", "noted"),
    [
        ("", "2099-11-24 15:00", "2099-11-24T15:00"),
        ("Atlantis/Centre", "2099-11-24T15:00", "2099-11-24T15:00"),
        ("America/New_York", "2099-11-24 3 pm", "2099-11-24T15:00-05:00"),
        ("America/New_York", "2099-07-24 15:00", "2099-07-24T15:00-04:00"),
        ("Europe/Berlin", None, None),
    ],
)
async def test_another_time_is_noted(
    business: HttpBusiness, zone: str, at: str | None, noted: str | None
) -> None:
    """On their own clock: a moment where the call knows it, else a time of day without offset."""
    answer = await Call(business, zone=zone).asks("call_back_later", at=at)
    assert answer.ok and answer.output.get("at") == noted


async def test_a_while_from_now_is_a_moment_everywhere(one: Call) -> None:
    """In an hour is in an hour, whatever their clock says."""
    answer = await one.asks("call_back_later", in_minutes=60)
    at = dt.datetime.fromisoformat(answer.output["at"])
    in_secs = (at - utcnow()).total_seconds()
    assert 3600 - 70 < in_secs <= 3600


@pytest.mark.parametrize(
    ("zone", "at"),
    [
        ("", "2020-01-01 10:00"),
        ("America/New_York", "2020-01-01 10:00"),
        ("", "tomorrow"),
        ("", "15:00"),
        ("", "2099-02-30 10:00"),
    ],
)
async def test_a_time_that_is_none_is_asked_for_again(
    business: HttpBusiness, zone: str, at: str
) -> None:
    """Past or unreadable: the model is told to ask."""
    answer = await Call(business, zone=zone).asks("call_back_later", at=at)
    assert (answer.ok, answer.output["error"]) == (False, "bad_arguments")


async def test_what_is_only_noted_tells_the_model_what_to_say(business: HttpBusiness) -> None:
    """The wrong person and another language: nothing private is told, and the call goes on."""
    call = Call(business, appointments="A1001", treatment="filling")
    for answer in (
        await call.asks("wrong_person"),
        await call.asks("another_language", language="Spanish"),
    ):
        assert answer.ok and answer.output["say"]
        assert "filling" not in json.dumps(answer.output)
