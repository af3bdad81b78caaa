"""A toolbox and a business with a socket between them: whatever goes wrong, one answer, one
booking."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.business import HttpBusiness
from bot.simulator.business import BusinessServer
from tests.ports import free_port
from tools import (
    ToolAnswer,
    Toolbox,
    book_appointment,
    find_slots,
    lookup_hours,
    lookup_order,
)

DEADLINE_SECS = 0.2
TABLE = {"name": "Dana", "day": "2026-11-24", "time": "19:45", "party": 4}


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


class Nobody:
    """People whom no tool here asks anything of."""

    async def opt_out(self, note: str) -> None:
        raise AssertionError("nobody opted out")


class Late:
    """Collects what `on_late` is told, and can be waited for."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[tuple[str, ToolAnswer]] = asyncio.Queue()

    def __call__(self, model_call_id: str, name: str, answer: ToolAnswer) -> None:
        self.told.put_nowait((model_call_id, answer))


@pytest.fixture
def late() -> Late:
    return Late()


@pytest.fixture
async def box(business: HttpBusiness, late: Late) -> AsyncIterator[Toolbox]:
    toolbox = Toolbox(
        [lookup_hours, lookup_order, find_slots, book_appointment],
        business=business,
        control=NoControl(),
        contacts=Nobody(),
        call_id="call-1",
        deadline_secs=DEADLINE_SECS,
        on_late=late,
    )
    yield toolbox
    await toolbox.finish()


async def book(box: Toolbox, model_call_id: str, **change: Any) -> ToolAnswer:
    return await box.run("book_appointment", json.dumps(TABLE | change), model_call_id)


async def test_each_tool_answers_with_what_the_business_said(
    box: Toolbox, shop: BusinessServer
) -> None:
    """Hours, order, slots and a booking, in the model's own spelling of the arguments."""
    hours = await box.run("lookup_hours", '{"day": "2026-11-22"}', "m1")
    assert hours.ok and hours.output["hours"][0]["note"] == "We are closed on Sundays."
    order = await box.run("lookup_order", '{"order_id": "", "email": "alex@example.com"}', "m2")
    assert order.ok and order.output["orders"][0]["id"] == "1043"
    asked = '{"day": "2026-11-24", "from_time": "7 pm", "to_time": "9 PM", "party": "4"}'
    slots = await box.run("find_slots", asked, "m3")
    assert slots.output["slots"] == ["19:45", "20:30"]
    booked = await book(box, "m4")
    assert booked.ok and booked.output["booked"] and booked.output["appointment"]["id"] == "A1001"
    assert len(await shop.appointments()) == 1


async def test_a_slow_lookup_is_answered_within_the_deadline(
    box: Toolbox, shop: BusinessServer
) -> None:
    """The model hears that it takes too long, and nothing is guessed."""
    shop.faults.delay_secs = 0.6
    started = time.monotonic()
    answer = await box.run("lookup_hours", "{}", "m1")
    assert time.monotonic() - started < DEADLINE_SECS + 0.2
    assert (answer.ok, answer.output["error"]) == (False, "too_slow")


async def test_a_slow_booking_is_neither_promised_nor_lost(
    box: Toolbox, shop: BusinessServer, late: Late
) -> None:
    """Past the deadline the model must not promise; the booking is made once, and told late."""
    shop.faults.delay_secs = 0.6
    started = time.monotonic()
    answer = await book(box, "m1")
    assert time.monotonic() - started < DEADLINE_SECS + 0.2
    assert (answer.ok, answer.output["error"]) == (False, "unconfirmed")
    assert "NOT confirmed" in answer.output["say"]
    assert await shop.appointments() == []
    told_id, told = await asyncio.wait_for(late.told.get(), 2)
    assert (told_id, told.ok, told.output["appointment"]["id"]) == ("m1", True, "A1001")
    assert len(await shop.appointments()) == 1


async def test_asking_again_tells_how_a_slow_booking_ended(
    box: Toolbox, shop: BusinessServer, late: Late
) -> None:
    """The same booking asked for again joins the first, then gets its result: one booking."""
    shop.faults.delay_secs = 0.5
    assert (await book(box, "m1")).output["error"] == "unconfirmed"
    assert (await book(box, "m2")).output["error"] == "unconfirmed"
    await asyncio.wait_for(late.told.get(), 2)
    again = await book(box, "m3", name=" dana", notes="by the window")
    assert again.ok and again.output["appointment"]["id"] == "A1001"
    assert "done once" in again.output["note"]
    assert len(await shop.appointments()) == 1


async def test_the_same_booking_asked_for_at_once_is_made_once(
    box: Toolbox, shop: BusinessServer
) -> None:
    """Three parallel calls of the model, one booking, one number."""
    answers = await asyncio.gather(*(book(box, f"m{n}") for n in range(3)))
    assert {answer.output["appointment"]["id"] for answer in answers} == {"A1001"}
    assert len(await shop.appointments()) == 1


async def test_two_different_bookings_are_two(box: Toolbox, shop: BusinessServer) -> None:
    """Another name, party or time is another booking."""
    await book(box, "m1")
    await book(box, "m2", name="Kim")
    await book(box, "m3", time="21:15")
    assert len(await shop.appointments()) == 3


async def test_finishing_waits_for_a_booking_under_way(box: Toolbox, shop: BusinessServer) -> None:
    """The call is over before the booking is: it is still made."""
    shop.faults.delay_secs = 0.5
    await book(box, "m1")
    await box.finish()
    assert len(await shop.appointments()) == 1


async def test_a_booking_survives_the_cancellation_of_its_run(
    box: Toolbox, shop: BusinessServer
) -> None:
    """The caller's interruption, or the end of the call, does not take it back."""
    shop.faults.delay_secs = 0.3
    running = asyncio.create_task(book(box, "m1"))
    await asyncio.sleep(0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await box.finish()
    assert len(await shop.appointments()) == 1


async def test_a_full_table_is_refused_with_alternatives(
    box: Toolbox, shop: BusinessServer
) -> None:
    """The model reads the reason and what is free instead, and may ask again later."""
    refused = await book(box, "m1", time="19:00")
    assert (refused.ok, refused.output["error"]) == (False, "refused")
    assert refused.output["reason"] == "19:00 is not free on that day."
    assert refused.output["alternatives"][0] == {"day": "2026-11-24", "time": "19:45"}
    assert "alternatives" in refused.output["say"]
    assert (await book(box, "m2", time="19:00")).output["error"] == "refused"
    assert (await book(box, "m3", time="19:45")).ok


async def test_not_found_says_so(box: Toolbox) -> None:
    """An unknown order is no failure of the line: the model asks to check the details."""
    answer = await box.run("lookup_order", '{"order_id": "9999"}', "m1")
    assert (answer.ok, answer.output["error"]) == (False, "not_found")
    assert "check" in answer.output["say"]


async def test_a_failing_business_is_unavailable(box: Toolbox, shop: BusinessServer) -> None:
    """A 500 gives a sentence, for a lookup; for a booking it leaves a doubt that is told."""
    shop.faults.fail_status, shop.faults.fail_next = 500, 2
    assert (await box.run("lookup_hours", "{}", "m1")).output["error"] == "unavailable"
    assert (await book(box, "m2")).output["error"] == "unconfirmed"
    assert (await book(box, "m3")).ok
    assert len(await shop.appointments()) == 1


async def test_a_booking_in_doubt_is_repeated_under_its_first_key(
    box: Toolbox, shop: BusinessServer
) -> None:
    """Made, but both answers lost: asking again finds the booking and makes no second."""
    shop.faults.drop_next = 2
    assert (await book(box, "m1")).output["error"] == "unconfirmed"
    assert len(await shop.appointments()) == 1
    again = await book(box, "m2", phone="+15550100")
    assert again.ok and again.output["appointment"]["id"] == "A1001"
    assert len(await shop.appointments()) == 1


async def test_an_unreachable_business_is_unavailable_not_in_doubt() -> None:
    """Nothing listens: nothing was booked, and the model is told that it did not work."""
    async with HttpBusiness(f"http://127.0.0.1:{free_port()}") as nobody:
        box = Toolbox(
            [book_appointment],
            business=nobody,
            control=NoControl(),
            contacts=Nobody(),
            call_id="c",
            deadline_secs=1,
        )
        assert (await book(box, "m1")).output["error"] == "unavailable"
        assert (await book(box, "m2")).output["error"] == "unavailable"
