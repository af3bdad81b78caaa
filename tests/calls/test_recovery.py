"""Calls left open by a process that died are ended as the carrier says they ended."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.calls import Admission, Recovery, Registry
from bot.calls.recovery import FINISHING, FIRST_PAUSE_SECS
from bot.carriers import CallStatus, CarrierCall, HangUp, PlaceCall, StatusUpdate
from bot.carriers.twilio.rest import TwilioCarrier
from bot.clock import utcnow
from bot.simulator.carrier import Answers, Busy, Carrier
from bot.store import CallRecord, Store
from bot.testing.stage import run_virtual
from tests.brains.some_brains import BRAINS
from tests.calls.call_kit import ADDRESSES, AGENTS
from tests.calls.memory_carrier import DOWN, GONE, MemoryCarrier
from tests.databases import open_store

ACCOUNT = "AC" + "1" * 32
LINE, CALLEE = "+15550001111", "+15552223333"
SID = "CA" + "3" * 32
HOUR, NO_TIME = timedelta(hours=1), timedelta(0)
FIVE_MINUTES = timedelta(minutes=5)  # as docs/api.md promises: then no trace means not placed
OLD, YOUNG = FIVE_MINUTES + timedelta(seconds=1), timedelta(seconds=60)


def open_call(call_id: str, *, age: timedelta, answered: bool = False, **more: Any) -> CallRecord:
    started_at = utcnow() - age
    values: dict[str, Any] = {
        "id": call_id,
        "direction": "outbound",
        "agent": "table",
        "from_number": LINE,
        "to_number": CALLEE,
        "started_at": started_at,
        "answered_at": started_at if answered else None,
        "status": "in-progress" if answered else "queued",
    }
    return CallRecord(**(values | more))


def at_carrier(call_sid: str, age: timedelta, direction: str = "outbound-api") -> CarrierCall:
    created_at = utcnow() - age
    return CarrierCall(
        call_sid=call_sid, status=CallStatus.RINGING, direction=direction, created_at=created_at
    )


def a_registry() -> Registry:
    return Registry(admission=Admission(max_calls=1, inbound_reserve=0))


def a_recovery(store: Store, carrier: Any) -> Recovery:
    return Recovery(store=store, carrier=carrier, agents=AGENTS, brains=BRAINS)


async def the(store: Store, call_id: str) -> CallRecord:
    record = await store.get_call(call_id)
    assert record is not None
    return record


async def reason_of(store: Store, call_id: str) -> str | None:
    outcome = (await the(store, call_id)).outcome
    return outcome.reason if outcome else None


@asynccontextmanager
async def recovering(recovery: Recovery, **how: Any) -> AsyncIterator["asyncio.Task[None]"]:
    how = {"until": utcnow() + HOUR} | how
    task = asyncio.ensure_future(recovery.recover(a_registry(), **how))
    yield task
    task.cancel()
    await asyncio.wait({task})


async def test_open_calls_are_ended_as_the_carrier_says(store: Store) -> None:
    """Over at the carrier: ended; still going on or too young to tell: left alone."""
    async with Carrier(account_sid=ACCOUNT, auth_token="token", phone_number=LINE) as far_side:
        twilio = TwilioCarrier(
            account_sid=ACCOUNT, addresses=ADDRESSES, auth_token="token", api_url=far_side.url
        )
        far_side.answer(CALLEE, Busy(ring_secs=0))
        order = PlaceCall(to=CALLEE, from_=LINE, on_answer=HangUp())
        busy = far_side.calls[(await twilio.place(order)).call_sid]
        await busy.wait_ended(5)
        far_side.answer(CALLEE, Answers(ring_secs=60))
        ringing = await twilio.place(order)
        elsewhere = {"to_number": "+15554445555"}
        for record in (
            open_call("talked", call_sid=busy.sid, answered=True, age=HOUR),
            open_call("ringing", call_sid=ringing.call_sid, age=HOUR),
            open_call("unknown", call_sid="CA" + "9" * 32, answered=True, age=HOUR),
            open_call("unplaced", age=HOUR, **elsewhere),
            open_call("young", age=timedelta(seconds=1), **elsewhere),
        ):
            await store.add_call(record)
        async with recovering(a_recovery(store, twilio)) as task:
            for name in ("talked", "unknown", "unplaced"):
                while await reason_of(store, name) is None:  # noqa: ASYNC110 - written by it
                    await asyncio.sleep(0.02)
            assert not task.done()
        await twilio.aclose()
    names = ("talked", "ringing", "unknown", "unplaced", "young")
    assert {name: await reason_of(store, name) for name in names} == {
        "talked": "service_restarted",
        "ringing": None,
        "unknown": "service_restarted",
        "unplaced": "not_placed",
        "young": None,
    }


def test_a_worker_closes_what_its_predecessor_left(tmp_path: Path) -> None:
    """Its own calls from before, each as soon as the carrier's is over; nobody else's."""

    async def story(store: Store) -> None:
        carrier = MemoryCarrier()
        now = utcnow()
        for number, call_id in enumerate(("call_w1_0a", "call_w2_0a", "call_0a", "call_w1_0b")):
            call_sid = SID if number == 0 else f"CA{number:032d}"
            age = -HOUR if number == 3 else HOUR  # the last one began since
            await store.add_call(open_call(call_id, call_sid=call_sid, answered=True, age=age))
        async with recovering(a_recovery(store, carrier), worker=1, until=now) as task:
            await asyncio.sleep(FIRST_PAUSE_SECS)
            assert not task.done()
            carrier.statuses[SID] = CallStatus.COMPLETED
            await task
        open_ones = {record.id for record in await store.find_calls(open_only=True)}
        assert open_ones == {"call_w2_0a", "call_0a", "call_w1_0b"}
        assert {sid for _, sid in carrier.did} == {SID}

    in_haste(tmp_path, story)


def test_a_database_that_fails_does_not_end_the_recovery(tmp_path: Path) -> None:
    """It may be back next time."""

    async def story(store: Store) -> None:
        await store.add_call(open_call("call_1", call_sid=SID, age=HOUR))
        beside = await Store.open(f"sqlite:///{tmp_path}/calls.db")
        await beside.close()
        async with recovering(a_recovery(beside, MemoryCarrier())) as task:
            await asyncio.sleep(FIRST_PAUSE_SECS * 2)
            assert not task.done()

    in_haste(tmp_path, story)


# -- a call without the carrier's id --------------------------------------------------------------


async def test_the_one_call_there_can_be_is_it(store: Store) -> None:
    """Its id is stored, whatever its age; what becomes of it is up to the carrier."""
    for age in (YOUNG, OLD):
        carrier, name = MemoryCarrier(), f"call_{age.seconds}"
        carrier.found = [at_carrier(f"CA{age.seconds:032d}", age)]
        await store.add_call(record := open_call(name, age=age))
        assert not await a_recovery(store, carrier).reconcile(record)
        assert (await the(store, name)).call_sid == carrier.found[0].call_sid
        carrier.statuses[carrier.found[0].call_sid] = CallStatus.NO_ANSWER
        assert await a_recovery(store, carrier).reconcile(await the(store, name))
        assert await reason_of(store, name) == "no_answer"


async def test_no_call_means_not_placed_when_it_would_be_known(store: Store) -> None:
    """Not before: nobody is to be called a second time on a guess."""
    for name, age in (("young", YOUNG), ("old", OLD)):
        await store.add_call(record := open_call(name, age=age))
        assert await a_recovery(store, MemoryCarrier()).reconcile(record) is (age is OLD)
    assert (await reason_of(store, "young"), await reason_of(store, "old")) == (None, "not_placed")


@pytest.mark.parametrize("doubt", ["several", "no answer", "another of ours"])
async def test_in_doubt_a_call_stays_open(store: Store, doubt: str) -> None:
    """However old it is."""
    carrier = MemoryCarrier()
    carrier.found = [at_carrier(SID, OLD)]
    if doubt == "several":
        carrier.found.append(at_carrier("CA" + "4" * 32, OLD))
    if doubt == "no answer":
        carrier.fails["find"] = DOWN
    if doubt == "another of ours":  # its id is not known either
        await store.add_call(open_call("other", age=OLD + timedelta(seconds=5)))
    await store.add_call(record := open_call("call_1", age=OLD))
    assert not await a_recovery(store, carrier).reconcile(record)
    assert (await the(store, "call_1")).call_sid is None
    assert await reason_of(store, "call_1") is None


async def test_a_call_that_is_over_is_no_rival(store: Store) -> None:
    """One to the same number just before, of which the carrier never had anything."""
    carrier = MemoryCarrier()
    carrier.found = [at_carrier(SID, YOUNG)]
    over = open_call("over", age=YOUNG + timedelta(seconds=5), ended_at=utcnow(), status="failed")
    await store.add_call(over)
    await store.add_call(record := open_call("call_1", age=YOUNG))
    await a_recovery(store, carrier).reconcile(record)
    assert (await the(store, "call_1")).call_sid == SID


async def test_other_calls_are_not_mistaken_for_it(store: Store) -> None:
    """Those that are stored, that came in, or that were created at another time."""
    carrier = MemoryCarrier()
    await store.add_call(open_call("other", call_sid=SID, age=OLD))
    late = OLD - FIVE_MINUTES - timedelta(milliseconds=500)
    carrier.found = [
        at_carrier(SID, OLD),
        at_carrier("CA" + "4" * 32, OLD, direction="inbound"),
        at_carrier("CA" + "5" * 32, late),
    ]
    await store.add_call(record := open_call("call_1", age=OLD))
    assert await a_recovery(store, carrier).reconcile(record)
    assert await reason_of(store, "call_1") == "not_placed"


async def test_the_carriers_clock_may_be_behind(store: Store) -> None:
    """By half a minute."""
    asked: list[datetime | None] = []

    class Asked(MemoryCarrier):
        async def find(self, *, since: datetime | None = None, **_: Any) -> list[CarrierCall]:
            asked.append(since)
            return []

    await store.add_call(record := open_call("call_1", age=YOUNG))
    await a_recovery(store, Asked()).reconcile(record)
    assert asked == [record.started_at - timedelta(seconds=30)]


async def test_an_erased_call_takes_no_other_for_itself(store: Store) -> None:
    """Without its number any call would do."""
    carrier = MemoryCarrier()
    carrier.found = [at_carrier(SID, OLD)]
    await store.add_call(record := open_call("call_1", age=OLD, to_number=""))
    assert await a_recovery(store, carrier).reconcile(record)
    assert await reason_of(store, "call_1") == "not_placed"


# -- a call with the carrier's id -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "answered", "ending"),
    [
        (CallStatus.BUSY, False, ("busy", "busy")),
        (CallStatus.NO_ANSWER, False, ("no-answer", "no_answer")),
        (CallStatus.CANCELED, False, ("canceled", "canceled")),
        (CallStatus.FAILED, False, ("failed", "not_placed")),
        (CallStatus.COMPLETED, True, ("completed", "service_restarted")),
        (CallStatus.COMPLETED, False, ("completed", "service_restarted")),
        (CallStatus.FAILED, True, ("failed", "service_restarted")),
    ],
)
async def test_what_the_carrier_says_is_the_ending(
    store: Store, status: CallStatus, answered: bool, ending: tuple[str, str]
) -> None:
    """Who was answered was cut off; who was not has the carrier's own word for it."""
    carrier = MemoryCarrier()
    carrier.statuses[SID] = status
    await store.add_call(record := open_call("call_1", call_sid=SID, age=HOUR, answered=answered))
    assert await a_recovery(store, carrier).reconcile(record)
    closed = await the(store, "call_1")
    assert (closed.status, closed.outcome and closed.outcome.reason) == ending


async def test_a_call_just_over_is_left_to_who_had_it(store: Store) -> None:
    """They may be writing its summary."""
    carrier = MemoryCarrier()
    carrier.statuses[SID] = CallStatus.COMPLETED
    await store.add_call(record := open_call("call_1", call_sid=SID, age=HOUR, answered=True))
    for ago, closed in ((FINISHING / 2, False), (FINISHING * 2, True)):
        carrier.ended_at[SID] = utcnow() - ago
        assert await a_recovery(store, carrier).reconcile(record) is closed


@pytest.mark.parametrize(
    ("steps", "let_go"), [(("called",), True), (("called", "declined"), False), ((), False)]
)
async def test_a_person_who_waits_for_its_caller_is_let_go(
    store: Store, steps: tuple[str, ...], let_go: bool
) -> None:
    """They have said yes, and the process that was to bring them together is gone."""
    carrier = MemoryCarrier()
    carrier.statuses[SID] = CallStatus.COMPLETED
    await store.add_call(open_call("call_1", call_sid=SID, age=HOUR, answered=True))
    for secs, step in enumerate(steps):
        at = utcnow() + timedelta(seconds=secs)
        await store.add_transfer_step("call_1", step=step, to="tom", at=at)
    assert await a_recovery(store, carrier).reconcile(await the(store, "call_1"))
    assert (("end_meeting", "call_1") in carrier.did) is let_go


@pytest.mark.parametrize("error", [DOWN, GONE])
async def test_a_carrier_without_an_answer(store: Store, error: Any) -> None:
    """Away: later. Without such a call: it is over."""
    carrier = MemoryCarrier()
    carrier.fails["fetch"] = error
    await store.add_call(record := open_call("call_1", call_sid=SID, age=HOUR, answered=True))
    assert await a_recovery(store, carrier).reconcile(record) is error.gone


async def test_what_it_cost_is_known(store: Store) -> None:
    """By the usage that was stored, and the minutes that the carrier counts."""
    carrier = MemoryCarrier()
    carrier.statuses[SID] = CallStatus.COMPLETED  # after 61 s
    usage = {"text_out": 1_000_000}
    await store.add_call(open_call("call_1", call_sid=SID, age=HOUR, answered=True, usage=usage))
    assert await a_recovery(store, carrier).reconcile(await the(store, "call_1"))
    cost = (await the(store, "call_1")).cost
    assert cost is not None
    assert (cost.model, cost.carrier) == (Decimal("24"), Decimal("0.036"))
    assert cost.total == cost.model + cost.carrier


# -- late callbacks -------------------------------------------------------------------------------


def news(status: str, call_sid: str = SID) -> StatusUpdate:
    return StatusUpdate(call_sid=call_sid, status=CallStatus(status))


async def test_a_late_callback_tells_the_carriers_id(store: Store) -> None:
    """And how the call stands, and that it was answered."""
    recovery = a_recovery(store, MemoryCarrier())
    await store.add_call(open_call("call_1", age=YOUNG))
    await recovery.late_news(news("ringing"), "call_1")
    assert (await the(store, "call_1")).call_sid == SID
    await recovery.late_news(news("in-progress"), "call_1")
    record = await the(store, "call_1")
    assert record.status == "in-progress"
    assert record.answered_at is not None
    assert record.ended_at is None


async def test_a_late_callback_closes_a_call_that_nobody_answered(store: Store) -> None:
    """At once, with the carrier's word."""
    await store.add_call(open_call("call_1", age=YOUNG))
    await a_recovery(store, MemoryCarrier()).late_news(news("no-answer"), "call_1")
    record = await the(store, "call_1")
    assert (record.call_sid, record.status) == (SID, "no-answer")
    assert await reason_of(store, "call_1") == "no_answer"


def test_a_late_callback_closes_a_call_that_was_answered(tmp_path: Path) -> None:
    """When whoever might still have it has had the time to."""

    async def story(store: Store) -> None:
        carrier = MemoryCarrier()
        carrier.statuses[SID] = CallStatus.COMPLETED
        await store.add_call(open_call("call_1", call_sid=SID, age=YOUNG, answered=True))
        late = asyncio.ensure_future(
            a_recovery(store, carrier).late_news(news("completed"), "call_1")
        )
        await asyncio.sleep(FINISHING.total_seconds() / 2)
        assert (await the(store, "call_1")).status == "completed"
        assert await reason_of(store, "call_1") is None
        await late
        assert await reason_of(store, "call_1") == "service_restarted"

    in_haste(tmp_path, story)


async def test_a_callback_of_another_call_is_not_ours(store: Store) -> None:
    """Nor of one that is over, or that was never stored."""
    recovery = a_recovery(store, MemoryCarrier())
    over = open_call("over", age=HOUR, ended_at=utcnow())
    await store.add_call(open_call("call_1", call_sid=SID, age=YOUNG))
    await store.add_call(over)
    await recovery.late_news(news("busy", "CA" + "9" * 32), "call_1")
    await recovery.late_news(news("busy", "CA" + "8" * 32), "over")
    await recovery.late_news(news("busy", "CA" + "7" * 32), "nobody")
    assert (await the(store, "call_1")).status == "queued"
    assert await the(store, "over") == over


def in_haste(folder: Path, story: Callable[[Store], Awaitable[None]]) -> None:
    async def whole() -> None:
        store = await open_store(folder / "calls.db")
        await story(store)
        await store.close()

    run_virtual(whole())
