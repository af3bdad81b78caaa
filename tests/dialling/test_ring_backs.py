"""What people say when they ring back reaches their batch: once, and before anybody calls them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from dialler_kit import NOON, add_batch, until
from engine_kit import Bench, open_bench
from far_service import FarService

from bot.batches.dialling import engine
from bot.batches.reports.results import results_csv
from bot.batches.ring_backs import RingBackWatcher
from bot.batches.settings import Caps
from bot.clock import utcnow
from bot.store import CallRecord, ContactRecord, Outcome, Store, ToolCallRecord
from tests.store.contact_kit import set_contact

CALL = "call_back"
LATER = NOON + timedelta(days=2)


@pytest.fixture
async def bench(store: Store, far: FarService) -> AsyncIterator[Bench]:
    async with open_bench(store, far) as bench:
        yield bench


@pytest.fixture
def ends(bench: Bench) -> RingBackWatcher:
    return RingBackWatcher(store=bench.store, clock=bench.clock)


async def was_called(bench: Bench, **settings: Any) -> ContactRecord:
    """Somebody was called, said nothing definite, and is to be called again."""
    await add_batch(bench.store, 1, **({"caps": Caps(per_contact=3)} | settings))
    bench.far.manners.hangs_up = True
    await bench.run()
    contact = await bench.contact()
    assert (contact.state, contact.disposition) == ("waiting", "undecided")
    return contact


async def is_being_called(bench: Bench) -> tuple[str, asyncio.Task[None]]:
    """Again, and the call does not end by itself: its id, and who waits for its end."""
    bench.clock.time = LATER
    bench.far.manners.ends_calls = False
    [attempt] = await bench.plan()
    reaching = asyncio.create_task(bench.engine.reach(attempt.id))

    async def placed() -> bool:
        return (await bench.attempt(attempt.id)).state == "placed"

    await until(placed, within_secs=10, look_secs=0.01)
    return (await bench.attempt(attempt.id)).call_id or "", reaching


async def begins(bench: Bench, call_id: str = CALL) -> None:
    """They ring back."""
    contact = await bench.contact()
    await bench.store.add_call(
        CallRecord(
            id=call_id,
            direction="inbound",
            agent="reminder",
            from_number=contact.number,
            to_number="+15550000000",
            started_at=utcnow(),
            answered_at=utcnow(),
            status="in-progress",
            request={"variables": {}, "contact": contact.id},
        )
    )


async def ends_with(
    bench: Bench,
    tool: str = "",
    result: dict[str, Any] | None = None,
    *,
    reason: str = "goodbye",
    call_id: str = CALL,
    ok: bool = True,
) -> None:
    """And say so much."""
    if tool:
        done = ToolCallRecord(
            key="1", name=tool, arguments={}, started_at=NOON, result=result, ok=ok
        )
        await bench.store.put_tool_call(call_id, done)
    await bench.store.end_call(
        call_id,
        status="completed",
        outcome=Outcome(result="completed", reason=reason),
        ended_at=utcnow(),
    )


async def rings_back(bench: Bench, *said: Any, **how: Any) -> None:
    await begins(bench, how.get("call_id", CALL))
    await ends_with(bench, *said, **how)


async def test_who_settles_it_is_done_with(bench: Bench, ends: RingBackWatcher) -> None:
    """No further call; results, business and notices say what they said, and all of it once."""
    await was_called(bench, results_url="https://clinic.example/results")
    assert await bench.outcome_reporter.tell() == 1
    await rings_back(bench, "reschedule_appointment", {"slot": "2026-11-30 10:00"})
    assert await ends.look() == 1
    assert await ends.look() == 0
    contact = await bench.contact()
    assert (contact.state, contact.disposition) == ("done", "rescheduled")
    assert contact.detail == {"slot": "2026-11-30 10:00", "rang_back": CALL}
    assert contact.attempts == 1
    bench.clock.time = LATER
    assert await bench.run() == []
    assert await bench.oversee() == ("done", "")
    assert await bench.outcome_reporter.tell() == 1
    assert bench.far.told[-1]["disposition"] == "rescheduled"
    assert [one.id for one in await bench.store.notices.due(now=LATER)] == [
        "batch_a_00000-rescheduled"
    ]
    attempts = await bench.store.ledger.of_batch("batch_a")
    assert ",done,rescheduled,2026-11-30 10:00," in results_csv([contact], attempts, [])


async def test_nobody_is_dialled_before_the_batch_has_heard(
    bench: Bench, ends: RingBackWatcher
) -> None:
    """The call is over, and nobody has looked yet."""
    await was_called(bench)
    await rings_back(bench, "confirm_appointment")
    bench.clock.time = LATER
    [attempt] = await bench.run()
    assert (attempt.state, attempt.call_id) == ("ended", None)
    assert len(bench.far.dials) == 1
    assert (await bench.contact()).state == "waiting"
    await ends.look()
    assert (await bench.contact()).state == "done"


async def test_an_attempt_that_is_planned_is_no_call(bench: Bench, ends: RingBackWatcher) -> None:
    await was_called(bench)
    bench.clock.time = LATER
    [attempt] = await bench.plan()
    await rings_back(bench, "cancel_appointment")
    assert await ends.look() == 1
    assert (await bench.attempt(attempt.id)).state == "ended"
    await bench.engine.reach(attempt.id)
    assert len(bench.far.dials) == 1
    contact = await bench.contact()
    assert (contact.state, contact.disposition) == ("done", "cancelled")


async def test_an_order_that_never_left_does_not_leave_any_more(
    bench: Bench, ends: RingBackWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was lost on the way, and meanwhile they rang back: the gate says never."""
    monkeypatch.setattr(engine, "QUIET_SECS", 0.1)
    monkeypatch.setattr(engine, "CLOSED_SECS", 0.05)
    await was_called(bench)
    bench.clock.time = LATER
    [attempt] = await bench.plan()
    decision = {"word": "allow", "at": LATER.isoformat()}
    await bench.store.ledger.placing(
        attempt.id, number=attempt.number, at=LATER, decision=decision, concurrency=5
    )
    await rings_back(bench, "confirm_appointment")
    assert await ends.look() == 1
    contact = await bench.contact()
    assert (contact.state, contact.disposition) == ("dialling", "confirmed")
    await bench.engine.reach(attempt.id)
    assert len(bench.far.dials) == 1
    decided = (await bench.attempt(attempt.id)).decision["reasons"]
    assert [each["rule"] for each in decided if each["says"] == "never"] == ["settled"]
    contact = await bench.contact()
    assert (contact.state, contact.disposition) == ("done", "confirmed")


async def test_a_call_of_ours_under_way_ends_first(bench: Bench, ends: RingBackWatcher) -> None:
    """What nobody answered then does not stand against what they said."""
    await was_called(bench)
    call_id, reaching = await is_being_called(bench)
    await rings_back(bench, "confirm_appointment")
    assert await ends.look() == 0
    await bench.store.end_call(
        call_id,
        status="no-answer",
        outcome=Outcome(result="no_answer", reason="no_answer"),
        ended_at=utcnow(),
    )
    await reaching
    assert await ends.look() == 1
    contact = await bench.contact()
    assert (contact.state, contact.disposition) == ("done", "confirmed")


async def test_what_they_settled_later_in_a_call_of_ours_stands(
    bench: Bench, ends: RingBackWatcher
) -> None:
    """Both calls were under way: they confirmed in theirs and then cancelled in ours."""
    await was_called(bench)
    call_id, reaching = await is_being_called(bench)
    await rings_back(bench, "confirm_appointment")
    await ends_with(bench, "cancel_appointment", call_id=call_id)
    await reaching
    assert await ends.look() == 1
    assert (await bench.contact()).disposition == "cancelled"


@pytest.mark.parametrize("state", ["done", "cancelled"])
async def test_a_batch_that_is_over_hears_too(
    bench: Bench, ends: RingBackWatcher, state: Any
) -> None:
    """And has told of its end already: the contact is told of after it, the business also."""
    before = await was_called(bench, results_url="https://clinic.example/results")
    change = "done" if state == "done" else "cancelled"
    await set_contact(bench.store, before.id, expect="waiting", state=change, due_at=None)
    await bench.store.batches.set_state("batch_a", state, expect=["running"], at=NOON)
    await bench.outcome_reporter.tell()
    await rings_back(bench, "confirm_appointment")
    assert await ends.look() == 1
    contact = await bench.contact()
    assert (contact.state, contact.disposition) == ("done", "confirmed")
    assert [one.contact_id for one in await bench.store.notices.due(now=LATER)] == [contact.id]
    assert await bench.outcome_reporter.tell() == 1


async def test_who_asks_for_another_time_is_called_then(
    bench: Bench, ends: RingBackWatcher
) -> None:
    await was_called(bench)
    at = LATER.replace(minute=30)
    await rings_back(bench, "call_back_later", {"at": at.isoformat()})
    await ends.look()
    contact = await bench.contact()
    assert (contact.state, contact.due_at, contact.disposition) == ("waiting", at, "callback_at")
    bench.clock.time = at
    bench.far.manners.hangs_up = False
    await bench.run()
    assert (await bench.contact()).disposition == "confirmed"


@pytest.mark.parametrize(
    ("settings", "state"), [({"caps": Caps(per_contact=1)}, "running"), ({}, "cancelled")]
)
async def test_not_beyond_the_caps_or_in_a_batch_that_is_over(
    bench: Bench, ends: RingBackWatcher, settings: dict[str, Any], state: str
) -> None:
    """They asked for another time: results say so, and nobody calls."""
    await add_batch(bench.store, 1, **({"caps": Caps(per_contact=3)} | settings))
    bench.far.manners.hangs_up = True
    await bench.run()
    if state == "cancelled":
        await bench.store.batches.set_state("batch_a", "cancelled", expect=["running"], at=NOON)
        await bench.store.batches.cancel_waiting("batch_a")
    before = await bench.contact()
    await rings_back(bench, "call_back_later", {"at": LATER.isoformat()})
    assert await ends.look() == 1
    contact = await bench.contact()
    assert (contact.state, contact.disposition) == (before.state, "callback_at")
    bench.clock.time = LATER
    assert await bench.run() == []


@pytest.mark.parametrize("reason", ["at_capacity", "model_lost", "service_restarted"])
async def test_a_call_that_broke_says_nothing_of_them(
    bench: Bench, ends: RingBackWatcher, reason: str
) -> None:
    before = await was_called(bench)
    await rings_back(bench, reason=reason)
    assert await ends.look() == 1
    assert await bench.contact() == before
    bench.clock.time = LATER
    assert len(await bench.run()) == 1
    assert len(bench.far.dials) == 2


async def test_who_asked_for_a_time_and_then_says_nothing_is_called_then(
    bench: Bench, ends: RingBackWatcher
) -> None:
    await was_called(bench)
    await rings_back(bench, "call_back_later", {"at": LATER.isoformat()})
    await ends.look()
    before = await bench.contact()
    await rings_back(bench, call_id="call_again")
    assert await ends.look() == 1
    assert await bench.contact() == before


async def test_what_was_confirmed_is_not_taken_away(bench: Bench, ends: RingBackWatcher) -> None:
    """By a call in which they decide nothing; but they may still cancel."""
    await was_called(bench)
    for n, (tool, disposition) in enumerate(
        [
            ("confirm_appointment", "confirmed"),
            ("", "confirmed"),
            ("cancel_appointment", "cancelled"),
        ]
    ):
        await rings_back(bench, tool, call_id=f"call_{n}_back")
        assert await ends.look() == 1
        assert (await bench.contact()).disposition == disposition


async def test_the_same_said_anew_is_told_anew(bench: Bench, ends: RingBackWatcher) -> None:
    """They move it, and move it again: the business and the receiver of notices hear of both."""
    await was_called(bench, results_url="https://clinic.example/results")
    for n, slot in enumerate(["2026-11-30 10:00", "2026-12-01 09:00"]):
        await rings_back(bench, "reschedule_appointment", {"slot": slot}, call_id=f"call_{n}_back")
        assert await ends.look() == 1
        assert await bench.outcome_reporter.tell() == 1
        assert bench.far.told[-1]["detail"]["slot"] == slot
    assert len(await bench.store.notices.due(now=LATER)) == 2


async def test_what_changed_while_the_business_was_told_is_told_anew(
    bench: Bench, ends: RingBackWatcher
) -> None:
    """It heard of the first slot, and the note of that says nothing of the second."""
    await was_called(bench)
    await rings_back(bench, "reschedule_appointment", {"slot": "2026-11-30 10:00"})
    await ends.look()
    told = await bench.contact()
    await rings_back(bench, "reschedule_appointment", {"slot": "late"}, call_id="call_again")
    await ends.look()
    assert not await bench.store.batches.set_written_back(told)
    assert len(await bench.store.batches.untold(limit=5)) == 1


async def test_a_wish_for_no_more_calls_is_kept(bench: Bench, ends: RingBackWatcher) -> None:
    """Also where the call could not write it down."""
    contact = await was_called(bench)
    await rings_back(bench, "opt_out", ok=False)
    assert await ends.look() == 1
    assert (await bench.contact()).disposition == "opt_out"
    assert await bench.store.suppressions.get(contact.number) is not None


async def test_many_may_look(bench: Bench) -> None:
    """Whoever looks, a batch hears once; who was started anew finds what nobody has told it."""
    await was_called(bench)
    await rings_back(bench, "confirm_appointment")
    several = [RingBackWatcher(store=bench.store, clock=bench.clock) for _ in range(4)]
    assert sum(await asyncio.gather(*(each.look() for each in several))) == 1
    assert (await bench.contact()).disposition == "confirmed"


async def test_a_call_that_goes_on_for_long_is_not_forgotten(bench: Bench) -> None:
    """It began long before the last look, and so does one whose end is written days later."""
    hours = timedelta(0)
    ends = RingBackWatcher(store=bench.store, clock=bench.clock, now=lambda: utcnow() + hours)
    await was_called(bench)
    await begins(bench)
    for _ in range(3):
        assert await ends.look() == 0
        hours += timedelta(hours=20)
    await ends_with(bench, "confirm_appointment")
    assert await ends.look() == 1


async def test_nobody_is_left_behind_in_a_batch_that_is_over(bench: Bench) -> None:
    """A batch in which somebody waits is not done, whatever whoever says so has seen."""
    contact = await was_called(bench)
    store = bench.store
    assert not await store.batches.set_state("batch_a", "done", expect=["running"], at=NOON)
    batch = await store.batches.get("batch_a")
    assert batch is not None
    await begins(bench)
    await ends_with(bench)
    for changed in (replace(batch, state="done"), batch):
        assert (changed is batch) == await store.ring_backs.conclude(
            CALL, batch=changed, contact=contact, changes={"state": "done"}, at=NOON
        )


async def test_one_that_cannot_be_concluded_keeps_nobody_waiting(
    bench: Bench, ends: RingBackWatcher
) -> None:
    """The settings of its batch cannot be read; the next one's can."""
    await was_called(bench)
    await add_batch(bench.store, 1, batch_id="batch_b", first_number=7)
    await bench.store.batches.set_settings("batch_b", {"hours": "of another version"})
    await rings_back(bench)
    await bench.store.set_call(CALL, request={"contact": "batch_b_00000"})
    await rings_back(bench, "confirm_appointment", call_id="call_other")
    assert await ends.look() == 1
    assert (await bench.contact()).disposition == "confirmed"
    assert [call.id for call in await bench.store.ring_backs.unheard()] == [CALL]


async def test_a_contact_that_is_no_more_keeps_nobody_waiting(
    bench: Bench, ends: RingBackWatcher
) -> None:
    """A record names a contact that is not stored: nothing follows, and that is known."""
    contact = await was_called(bench)
    await rings_back(bench)
    await bench.store.set_call(CALL, request={"contact": "con_gone"})
    assert await ends.look() == 1
    assert await bench.contact() == contact
