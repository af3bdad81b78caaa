"""Callers hold, book, find, move and cancel; what is not theirs stays as it is."""

import asyncio
import datetime as dt
import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.business import HttpBusiness
from bot.simulator.business import BusinessServer
from tools import (
    CallControl,
    Contacts,
    NotFound,
    Refused,
    Toolbox,
    book_appointment,
    cancel_appointment,
    find_appointments,
    find_slots,
    hold_slot,
    reschedule_appointment,
)
from tools.appointments import MOST_MISSES, theirs_before

TUESDAY = "2026-11-24"
ANN, BEN = "+15551230001", "+15551230002"
TOOLS = (
    find_slots,
    hold_slot,
    book_appointment,
    find_appointments,
    reschedule_appointment,
    cancel_appointment,
)


class Caller:
    """One call: what the model asks for in it, and what it is told."""

    def __init__(self, business: HttpBusiness, number: str = ANN, call_id: str = "") -> None:
        nobody: Any = SimpleNamespace()
        self._count = 0
        self._box = Toolbox(
            TOOLS,
            business=business,
            control=cast(CallControl, nobody),
            contacts=cast(Contacts, nobody),
            call_id=call_id or number,
            caller=number,
        )

    async def __call__(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        self._count += 1
        answer = await self._box.run(name, json.dumps(arguments), f"c{self._count}")
        return answer.output

    async def book(self, name: str, time: str = "10:00") -> dict[str, Any]:
        return await self("book_appointment", name=name, day=TUESDAY, time=time)


async def test_a_held_time_is_free_for_its_holder_alone(
    business: HttpBusiness, shop: BusinessServer
) -> None:
    """hold -> confirm -> commit; the hold is over with the booking."""
    ann, ben = Caller(business), Caller(business, BEN)
    held = await ann("hold_slot", day=TUESDAY, time="10:00")
    assert held["held"] and held["minutes"] == 5
    assert "10:00" not in (await ben("find_slots", day=TUESDAY))["slots"]
    refused = await ben("hold_slot", day=TUESDAY, time="10:00")
    assert refused["alternatives"][0]["time"] == "10:30"
    assert (await ben.book("Ben Stone"))["error"] == "refused"
    assert (await ann.book("Ann Miller"))["booked"]
    assert (await ben("hold_slot", day=TUESDAY, time="10:30"))["held"]


async def test_a_holder_holds_one_time(business: HttpBusiness) -> None:
    """The next takes the place of the one before."""
    ann, ben = Caller(business), Caller(business, BEN)
    for time in ("10:00", "11:00"):
        assert (await ann("hold_slot", day=TUESDAY, time=time))["held"]
    free = (await ben("find_slots", day=TUESDAY))["slots"]
    assert "10:00" in free and "11:00" not in free


async def test_a_hold_ends_by_itself(business: HttpBusiness, shop: BusinessServer) -> None:
    """On the business's own clock."""
    diary = shop._app.state.diary
    await Caller(business)("hold_slot", day=TUESDAY, time="10:00")
    noon = diary._now()
    diary._now = lambda: noon + dt.timedelta(minutes=5)
    assert (await Caller(business, BEN).book("Ben Stone"))["booked"]


async def test_a_business_that_holds_nothing() -> None:
    """It is told so, and the booking is what counts."""

    class NoHolds:
        async def hold_slot(self, **_: Any) -> dict[str, Any]:
            raise NotFound("POST /holds was answered 404")

    caller = Caller(cast(HttpBusiness, NoHolds()))
    assert (await caller("hold_slot", day=TUESDAY, time="10:00"))["error"] == "not_held"


async def test_what_was_booked_in_this_call_can_be_changed_in_it(business: HttpBusiness) -> None:
    """By the place it was told with; before anything is known, nothing can be changed."""
    ann = Caller(business)
    early = await ann("cancel_appointment")
    assert early["error"] == "too_early"
    assert "find_appointments or book_appointment" in early["say"]
    booked = await ann.book("Ann Miller")
    assert booked["which"] == 1
    moved = await ann("reschedule_appointment", day=TUESDAY, time="11:00")
    assert moved["appointment"]["time"] == "11:00"
    assert (await ann("cancel_appointment", which=1))["cancelled"]


async def test_what_was_cancelled_can_be_booked_again(
    business: HttpBusiness, shop: BusinessServer
) -> None:
    """Asked for again it is a new wish, and not the one that was done before."""
    ann = Caller(business)
    first = await ann.book("Ann Miller")
    assert (await ann.book("Ann Miller"))["note"]
    assert (await ann("cancel_appointment"))["cancelled"]
    again = await ann.book("Ann Miller")
    assert again["appointment"]["id"] != first["appointment"]["id"]
    states = [each["state"] for each in await shop.appointments()]
    assert states == ["cancelled", "booked"]


async def test_nothing_known_is_nothing_cancelled() -> None:
    """A business that tells no id: nothing is done, and nothing else is said."""

    class NoIds:
        async def book_appointment(self, **_: Any) -> dict[str, Any]:
            return {"ok": True}

    caller = Caller(cast(HttpBusiness, NoIds()))
    assert (await caller.book("Ann Miller"))["booked"]
    for tool, more in (("cancel_appointment", {}), ("reschedule_appointment", {"time": "10:00"})):
        answer = await caller(tool, **(more and {"day": TUESDAY, **more}))
        assert answer["error"] == "not_known"


def test_what_was_theirs_in_another_process() -> None:
    """A call that goes on elsewhere knows it from the answers of its tools."""
    theirs = theirs_before(
        [
            ("lookup_hours", {"hours": []}),
            ("find_appointments", {"appointments": [{"id": "A1"}, {"id": "A2"}]}),
            ("book_appointment", {"booked": True, "appointment": {"id": "A3"}}),
        ]
    )
    assert (theirs.ids, theirs.searched) == (["A1", "A2", "A3"], True)
    assert not theirs_before([("right_person", {"appointments": [{"id": "A9"}]})]).ids


async def test_a_later_call_finds_it_by_number_and_name(business: HttpBusiness) -> None:
    """Spelled as it was heard; the number is told to nobody."""
    booked = await Caller(business, call_id="first").book("Ann Meyer")
    found = await Caller(business, call_id="second")("find_appointments", name="Anne Meier")
    (theirs,) = found["appointments"]
    assert theirs["id"] == booked["appointment"]["id"]
    assert theirs["which"] == 1
    assert "phone" not in theirs


@pytest.mark.parametrize(
    ("number", "told", "mine"),
    [
        (ANN, {"name": "Ann Miller"}, True),
        (ANN, {"name": "Mrs Miller"}, True),
        (ANN, {"name": "Miller"}, True),
        (ANN, {"name": "Ann Stone"}, False),
        (ANN, {"name": "Ann"}, True),  # only a first name, and the number fits
        (BEN, {"name": "Ann Miller"}, False),
        (BEN, {"name": "Ann Miller", "reference": "A1001"}, True),
        (BEN, {"name": "Ben Stone", "reference": "A1001"}, False),
        (BEN, {"name": "Ann Miller", "reference": "A1002"}, False),
        ("", {"name": "Ann Miller", "reference": "a1001"}, True),
    ],
)
async def test_who_may_change_it(
    business: HttpBusiness, number: str, told: dict[str, str], mine: bool
) -> None:
    """The name and, with it, the number or the reference: neither is enough by itself."""
    await Caller(business, ANN, "first").book("Ann Miller")
    caller = Caller(business, number, "second")
    found = await caller("find_appointments", **told)
    assert ("appointments" in found) == mine
    cancelled = await caller("cancel_appointment")
    assert cancelled.get("cancelled", False) == mine


async def test_a_withheld_number_needs_the_reference(business: HttpBusiness) -> None:
    """Nothing is looked up, and they are asked."""
    found = await Caller(business, "")("find_appointments", name="Ann Miller")
    assert found["error"] == "reference_needed"


async def test_guessing_ends_after_some_times(business: HttpBusiness) -> None:
    """In one call; the right words are not heard after that, a person looks then."""
    await Caller(business, ANN, "first").book("Ann Miller")
    guesser = Caller(business, BEN)
    for n in range(MOST_MISSES):
        reference = f"A{2000 + n}"
        missed = await guesser("find_appointments", name="Ann Miller", reference=reference)
        assert missed["error"] == "not_found"
    late = await guesser("find_appointments", name="Ann Miller", reference="A1001")
    assert late["error"] == "not_found"


async def test_fifty_callers_want_the_same_time(
    business: HttpBusiness, shop: BusinessServer
) -> None:
    """One has it, all others are offered another."""
    wishes = [Caller(business, f"+1555123{n:04}").book(f"Caller {n}", "11:30") for n in range(50)]
    outcomes = await asyncio.gather(*wishes)
    assert sum("booked" in each for each in outcomes) == 1
    assert all(each["alternatives"] for each in outcomes if "booked" not in each)
    assert len(await shop.appointments()) == 1


async def test_an_old_time_is_kept_until_the_new_one_is_had(business: HttpBusiness) -> None:
    """A refused move changes nothing."""
    ann = Caller(business)
    await ann.book("Ann Miller", "10:00")
    await Caller(business, BEN).book("Ben Stone", "11:00")
    refused = await ann("reschedule_appointment", day=TUESDAY, time="11:00")
    assert refused["error"] == "refused"
    with pytest.raises(Refused):
        await business.book_appointment(
            name="x",
            day=dt.date.fromisoformat(TUESDAY),
            time=dt.time(10),
            party=None,
            phone=None,
            notes=None,
            idempotency_key="k",
        )
