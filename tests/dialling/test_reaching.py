"""How one contact is reached, line by line, and what may come in between."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from dialler_kit import NOON, add_batch, until
from engine_kit import Bench, open_bench
from far_service import FarService

from bot.batches.dialling import dial_slots, engine, live_call_monitor
from bot.batches.service import BatchService
from bot.batches.settings import Breaker, Caps
from bot.batches.visits import about
from bot.carriers import CallStatus
from bot.clock import utcnow
from bot.simulator.loopback_client import loopback_client
from bot.store import AttemptRecord, CallRecord, Outcome, Store, Suppression
from bot.store.batch_records import Visit
from tests.databases import sqlite_copy
from tests.store.contact_kit import set_contact

ALLOWED = {"word": "allow", "at": NOON.isoformat()}


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return sqlite_copy(tmp_path / "trunkline.db")


@pytest.fixture
async def bench(store: Store, far: FarService) -> AsyncIterator[Bench]:
    async with open_bench(store, far) as bench:
        yield bench


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes minutes takes moments."""
    monkeypatch.setattr(engine, "CLOSED_SECS", 0.05)
    monkeypatch.setattr(engine, "FIRST_PAUSE_SECS", 0.02)
    monkeypatch.setattr(engine, "LOOK_AFTER_SECS", 0.05)
    monkeypatch.setattr(dial_slots, "UNDECIDED_SECS", 0.05)


async def test_a_contact_is_reached(bench: Bench) -> None:
    """The order holds what the batch and the contact say; the ledger has the call and its end."""
    await add_batch(bench.store, 1)
    [attempt] = await bench.run()
    assert (attempt.state, attempt.disposition) == ("ended", "confirmed")
    assert attempt.call_id == "call_000000"
    assert attempt.call_sid == "CAcall_000000"
    assert attempt.decision["word"] == "allow"
    call = await bench.store.get_call("call_000000")
    assert call is not None
    assert call.key == attempt.id
    assert call.request == {
        "to": "+12122000000",
        "agent": "reminder",
        "variables": {},
        "private": {"appointments": "apt_0", "zone": "America/New_York"},
        "on_machine": "hang_up",
        "voicemail": "",
    }
    contact = await bench.contact()
    assert (contact.state, contact.attempts, contact.due_at) == ("done", 1, None)


async def test_an_appointment_that_is_over_is_not_spoken_of(bench: Bench) -> None:
    """The call is about the next one, and what comes of it counts for that one alone."""
    await add_batch(bench.store, 1)
    over, next_one = (
        Visit(deadline=NOON + hours, name=name, variables={"day": name}, appointments=(name,))
        for hours, name in ((timedelta(0), "today"), (timedelta(hours=50), "later"))
    )
    visits = (over, next_one)
    contact = replace(await bench.contact(), deadline=NOON, visits=visits)
    assert await bench.store.batches.put_uncalled(about(contact, visits))
    [attempt] = await bench.run()
    assert attempt.disposition == "confirmed"
    call = await bench.store.get_call("call_000000")
    assert call is not None
    assert call.request["variables"]["day"] == "later"
    assert call.request["private"]["appointments"] == "later"
    after = await bench.contact()
    assert (after.state, after.appointments, after.visits) == ("done", ("later",), ())


async def test_outside_the_window_nobody_is_dialled(bench: Bench) -> None:
    """Too early in New York: the contact waits until nine o'clock there, with the reasons."""
    bench.clock.time = datetime(2026, 11, 18, 11, tzinfo=UTC)  # 06:00
    await add_batch(bench.store, 1)
    [attempt] = await bench.run()
    assert (attempt.state, attempt.disposition) == ("ended", "")
    assert bench.far.dials == []
    contact = await bench.contact()
    assert contact.state == "waiting"
    assert contact.due_at == datetime(2026, 11, 18, 14, tzinfo=UTC)
    assert contact.decision == attempt.decision
    assert {reason["rule"] for reason in contact.decision["reasons"]} > {"window", "consent"}
    assert await bench.run() == []  # not due
    bench.clock.time = contact.due_at
    [attempt] = await bench.run()
    assert (attempt.ordinal, attempt.disposition) == (2, "confirmed")


@pytest.mark.parametrize(("last", "dials"), [("callback_at", 2), ("no_answer", 1)])
async def test_who_asked_for_a_call_today_gets_it_today(
    bench: Bench, last: str, dials: int
) -> None:
    """The sender's cap of a day holds back only the calls that nobody asked for."""
    await add_batch(bench.store, 1, caps=Caps(per_contact=3, per_day=1))
    [first] = await bench.run()
    bench.clock.time += timedelta(hours=2)
    await set_contact(
        bench.store, first.contact_id, expect="done", state="waiting", disposition=last
    )
    await bench.run()
    assert len(bench.far.dials) == dials


async def test_the_same_appointment_in_two_batches_is_one_call(bench: Bench) -> None:
    """Both run at once: one calls, the other waits, and then it is settled."""
    for batch_id in ("batch_a", "batch_b"):
        await add_batch(bench.store, 3, batch_id=batch_id)
    await asyncio.gather(bench.run("batch_b"), bench.run("batch_a"))
    assert len(bench.far.dials) == 3
    waits = await bench.contact(batch_id="batch_b")
    [reason] = [each for each in waits.decision["reasons"] if each["says"] != "allow"]
    assert reason["rule"] in ("elsewhere", "settled")
    bench.clock.time += timedelta(minutes=10)
    await bench.run("batch_b")
    assert len(bench.far.dials) == 3
    skipped = await bench.contact(batch_id="batch_b")
    assert skipped.state == "skipped"
    whys = [reason["why"] for reason in skipped.decision["reasons"]]
    assert 'it is settled: confirmed in "batch_a", line 2' in whys


async def test_a_pause_reaches_those_who_are_planned_already(bench: Bench) -> None:
    """They go back to wait, due as soon as the batch goes on."""
    await add_batch(bench.store, 3)
    planned = await bench.plan()
    await bench.store.batches.set_state("batch_a", "paused", expect=["running"], at=NOON)
    await asyncio.gather(*(bench.engine.reach(attempt.id) for attempt in planned))
    assert bench.far.dials == []
    counts = await bench.store.batches.counts("batch_a")
    assert counts.states == {"waiting": 3}
    await bench.store.batches.set_state("batch_a", "running", expect=["paused"], at=NOON)
    assert len(await bench.run()) == 3
    assert len(bench.far.dials) == 3


async def test_who_is_never_to_be_called_is_not_called(bench: Bench) -> None:
    """Suppressed after the plan: skipped, with the reason; who was called before is done with."""
    await add_batch(bench.store, 2, caps=Caps(per_contact=3, per_day=3))
    planned = await bench.plan()
    for attempt in planned:
        suppression = Suppression(number=attempt.number, at=NOON, source="cli")
        await bench.store.suppressions.add(suppression)
    await asyncio.gather(*(bench.engine.reach(attempt.id) for attempt in planned))
    assert bench.far.dials == []
    assert (await bench.contact()).state == "skipped"


async def test_whom_a_later_file_says_no_to_is_not_called_though_planned(bench: Bench) -> None:
    """Also in a batch that asks for no consent."""
    await add_batch(bench.store, 1, consent_required=False)
    [attempt] = await bench.plan()
    await bench.store.batches.refuse(attempt.contact_id, decision={}, at=bench.clock.now())
    await bench.engine.reach(attempt.id)
    assert bench.far.dials == []
    assert (await bench.contact()).state == "skipped"


async def test_of_an_appointment_that_is_gone_nobody_is_reminded(bench: Bench) -> None:
    """The business is asked at the moment of the dial."""
    await add_batch(bench.store, 1)
    bench.far.manners.standing = False
    await bench.run()
    assert bench.far.dials == []
    assert (await bench.contact()).state == "skipped"


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize(("answer", "pause_mins"), [(422, 30), (500, 1)])
async def test_who_the_business_cannot_tell_of_waits_and_holds_no_place(
    bench: Bench, answer: int, pause_mins: int
) -> None:
    """It refuses to say, or does not answer: nobody is called on a guess. The attempt ends with
    the reason, the contact is due again a little later, and is called once the business tells.
    """
    await add_batch(bench.store, 1)
    bench.far.manners.asked = answer
    [attempt] = await bench.run()
    assert (attempt.state, attempt.disposition) == ("ended", "")
    assert bench.far.dials == []
    contact = await bench.contact()
    due_at = NOON + timedelta(minutes=pause_mins)
    assert (contact.state, contact.due_at) == ("waiting", due_at)
    [why] = [each for each in contact.decision["reasons"] if each["rule"] == "standing"]
    assert why["says"] == "wait"
    bench.far.manners.asked = 200
    bench.clock.time = due_at
    [attempt] = await bench.run()
    assert attempt.disposition == "confirmed"


async def test_of_who_may_not_be_called_anyway_the_business_is_not_asked(bench: Bench) -> None:
    """Out of hours the contact waits for the morning, whether the business answers or not."""
    await add_batch(bench.store, 1)
    bench.far.manners.asked = 500
    bench.clock.time = datetime(2026, 11, 18, 11, tzinfo=UTC)  # 06:00
    await bench.run()
    assert (await bench.contact()).due_at == datetime(2026, 11, 18, 14, tzinfo=UTC)
    assert bench.far.asked_for == {}


async def test_a_slow_batch_does_not_slow_another(bench: Bench) -> None:
    """Each keeps its own pace; the carrier's is nobody's to keep for later."""
    await add_batch(bench.store, 3, batch_id="slow", first_number=100, calls_per_second=0.02)
    await add_batch(bench.store, 20, batch_id="fast", calls_per_second=20)
    slow = asyncio.create_task(bench.run("slow"))
    await until(lambda: len(bench.far.dials) == 1, within_secs=10)
    await bench.run("fast")
    assert len(bench.far.dials) == 21  # the second slow one begins 50 s after the first
    slow.cancel()
    await asyncio.wait({slow})


async def test_a_full_service_uses_up_no_attempt(bench: Bench) -> None:
    """The same order is sent again until there is room."""
    await add_batch(bench.store, 1)
    bench.far.manners.full = 1.0
    task = asyncio.create_task(bench.run())
    await until(lambda: sum(bench.far.orders.values()) >= 3, within_secs=10)
    assert bench.far.dials == []
    bench.far.manners.full = 0.0
    [attempt] = await task
    assert (attempt.ordinal, attempt.disposition) == (1, "confirmed")
    assert list(bench.far.orders) == [attempt.id]


@pytest.mark.usefixtures("short_waits")
async def test_a_lost_answer_is_no_second_call(bench: Bench) -> None:
    """The service dialled, and its answer did not arrive: whoever asks again gets that call."""
    await add_batch(bench.store, 8)
    bench.far.manners.loses_answers = 0.7
    attempts = await bench.run()
    assert {attempt.disposition for attempt in attempts} == {"confirmed"}
    assert len(bench.far.dials) == 8
    assert set(bench.far.dials_to().values()) == {1}


async def test_a_wish_for_no_more_calls_that_the_call_could_not_keep_is_kept(bench: Bench) -> None:
    """The number is on the list before the attempt is over, and the contact done with."""
    await add_batch(bench.store, 1)
    bench.far.manners.wants_no_calls = True
    [attempt] = await bench.run()
    assert attempt.disposition == "opt_out"
    kept = await bench.store.suppressions.get(attempt.number)
    assert kept is not None
    assert (kept.source, kept.call_id) == ("call", attempt.call_id)
    contact = await bench.contact()
    assert (contact.state, contact.disposition) == ("done", "opt_out")


async def test_what_the_carrier_refuses_is_a_disposition(bench: Bench) -> None:
    """A number that cannot be dialled is given up; it counts as no call."""
    await add_batch(bench.store, 1)
    bench.far.manners.refuses = "invalid_number"
    [attempt] = await bench.run()
    assert (attempt.disposition, attempt.call_id) == ("unreachable", None)
    contact = await bench.contact()
    assert (contact.state, contact.disposition, contact.attempts) == ("done", "unreachable", 0)


async def test_a_refusal_that_may_pass_is_tried_again(bench: Bench) -> None:
    """Later, as another attempt."""
    await add_batch(bench.store, 1)
    bench.far.manners.refuses = "blocked"
    await bench.run()
    contact = await bench.contact()
    assert (contact.state, contact.disposition) == ("waiting", "failed")
    assert contact.due_at is not None
    bench.clock.time = contact.due_at
    bench.far.manners.refuses = ""
    [attempt] = await bench.run()
    assert (attempt.ordinal, attempt.disposition) == (2, "confirmed")


@pytest.mark.usefixtures("short_waits")
async def test_an_order_that_was_lost_is_not_repeated_outside_the_window(bench: Bench) -> None:
    """A dialler died between the ledger and the order, and hours pass: nobody is dialled at night,
    and in the morning it is the same attempt, with the same key.
    """
    await add_batch(bench.store, 1)
    [attempt] = await bench.plan()
    moved = await bench.store.ledger.placing(
        attempt.id, number=attempt.number, at=NOON, decision=ALLOWED, concurrency=1
    )
    assert moved == "placing"
    bench.clock.time = NOON + timedelta(hours=10)
    task = asyncio.create_task(bench.engine.reach(attempt.id))
    await asyncio.sleep(0.5)
    assert bench.far.dials == []
    assert (await bench.attempt(attempt.id)).state == "placing"
    bench.clock.time = NOON + timedelta(hours=24)
    await task
    assert (await bench.attempt(attempt.id)).disposition == "confirmed"
    assert [dial.key for dial in bench.far.dials] == [attempt.id]


@pytest.mark.usefixtures("short_waits")
async def test_an_order_that_never_left_is_given_up_with_its_batch(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batch is cancelled meanwhile: once no order can be on its way, the attempt ends."""
    monkeypatch.setattr(engine, "QUIET_SECS", 0.3)
    await add_batch(bench.store, 1)
    [attempt] = await bench.plan()
    await bench.store.ledger.placing(
        attempt.id, number=attempt.number, at=NOON, decision=ALLOWED, concurrency=1
    )
    await bench.store.batches.set_state("batch_a", "cancelled", expect=["running"], at=NOON)
    await bench.engine.reach(attempt.id)
    assert (await bench.attempt(attempt.id)).state == "ended"
    assert (await bench.contact()).state == "cancelled"
    assert bench.far.dials == []


@pytest.mark.usefixtures("short_waits")
async def test_an_order_that_never_left_keeps_no_number_from_other_batches(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dialler died before it ordered, and the batch is paused: once no order can be on its way,
    the attempt ends and its key is used up. Another batch may call that number, an order that
    comes late makes no call, and the contact is called when its own batch goes on.
    """
    monkeypatch.setattr(engine, "QUIET_SECS", 0.3)
    caps = Caps(per_contact=2, per_day=5)
    await add_batch(bench.store, 1, caps=caps)
    # the same number, about something else
    await add_batch(bench.store, 1, batch_id="batch_b", about="visit", caps=caps)
    [attempt] = await bench.plan()
    await bench.store.ledger.placing(
        attempt.id, number=attempt.number, at=NOON, decision=ALLOWED, concurrency=1
    )
    await bench.store.batches.set_state("batch_a", "paused", expect=["running"], at=NOON)
    await bench.engine.reach(attempt.id)
    assert ((await bench.attempt(attempt.id)).state, bench.far.dials) == ("ended", [])
    assert (await bench.contact()).state == "waiting"
    async with loopback_client() as client:
        answer = await client.send(an_order(bench, attempt))
    assert (answer.status_code, bench.far.dials) == (200, [])
    await bench.store.ledger.placed(attempt.id, at=NOON, call_id=answer.json()["id"], call_sid=None)
    assert (await bench.contact()).attempts == 0
    bench.clock.time = NOON + timedelta(minutes=1)
    [other] = await bench.run("batch_b")
    assert other.disposition == "confirmed"
    await bench.store.batches.set_state("batch_a", "running", expect=["paused"], at=NOON)
    bench.clock.time = NOON + timedelta(minutes=2)
    [again] = await bench.run()
    assert again.disposition == "confirmed"
    assert [dial.key for dial in bench.far.dials] == [other.id, again.id]


async def test_reaching_an_attempt_again_changes_nothing(bench: Bench) -> None:
    """A dialler that was taken for dead goes on beside the one that took over: one call."""
    await add_batch(bench.store, 6)
    planned = await bench.plan()
    twice = [bench.engine.reach(attempt.id) for attempt in planned for _ in range(3)]
    await asyncio.gather(*twice)
    assert set(bench.far.dials_to().values()) == {1}
    assert (await bench.contact()).attempts == 1
    before = [await bench.attempt(attempt.id) for attempt in planned]
    await asyncio.gather(*(bench.engine.reach(attempt.id) for attempt in planned))
    assert [await bench.attempt(attempt.id) for attempt in planned] == before


@pytest.mark.usefixtures("short_waits")
async def test_who_comes_late_ends_nothing_that_another_took_further(bench: Bench) -> None:
    """Two reach an attempt; one is ordering the call when the other's slot comes and it may not
    call any more. It ends nothing and follows: no second call is made under another key.
    """
    await add_batch(bench.store, 1, calls_per_second=1.0, caps=Caps(per_contact=3, per_day=3))
    [attempt] = await bench.plan()
    bench.far.manners.full = 1.0
    both = [asyncio.create_task(bench.engine.reach(attempt.id)) for _ in range(2)]
    await until(lambda: bench.far.orders, within_secs=10, look_secs=0.01)
    await bench.store.batches.set_state("batch_a", "paused", expect=["running"], at=NOON)
    await asyncio.sleep(1.5)  # the other's slot has come
    bench.far.manners.full = 0.0
    await bench.store.batches.set_state("batch_a", "running", expect=["paused"], at=NOON)
    bench.clock.time = NOON + timedelta(minutes=2)
    assert await bench.run() == []
    await asyncio.gather(*both)
    assert [dial.key for dial in bench.far.dials] == [attempt.id]


async def test_under_the_key_of_an_attempt_that_has_ended_nothing_is_ordered(bench: Bench) -> None:
    """The service is full, and while the order waits somebody else ends the attempt."""
    await add_batch(bench.store, 1)
    bench.far.manners.full = 1.0
    task = asyncio.create_task(bench.run())
    await until(lambda: bench.far.orders, within_secs=10)
    [attempt] = await bench.store.ledger.open()
    assert await bench.store.ledger.ended(
        attempt.id, expect=["placing"], at=NOON, contact={"state": "done"}
    )
    bench.far.manners.full = 0.0
    await task
    assert bench.far.dials == []


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize("state", ["planned", "placing"])
async def test_a_number_that_was_erased_is_not_dialled(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    """Erased while its attempt waits for its slot, or for room at the service: it comes to its end
    and nobody is called; the other contact is.
    """
    monkeypatch.setattr(engine, "QUIET_SECS", 0.3)
    await add_batch(bench.store, 2, calls_per_second=2.0)
    planned = await bench.plan()
    bench.far.manners.full = 1.0 if state == "placing" else 0.0
    running = [asyncio.create_task(bench.engine.reach(attempt.id)) for attempt in planned]

    async def in_that_state() -> list[AttemptRecord]:
        return [each for each in await bench.store.ledger.open() if each.state == state]

    await until(lambda: bench.far.orders, within_secs=10, look_secs=0.01)
    erased = (await in_that_state())[0]
    [other] = [each for each in planned if each.id != erased.id]
    await bench.store.erase_number(erased.number)
    bench.far.manners.full = 0.0
    await asyncio.gather(*running)
    assert bench.far.dials_to() == {other.number: 1}
    gone = await bench.attempt(erased.id)
    assert (gone.state, gone.number, gone.call_id) == ("ended", "", None)


async def test_late_and_repeated_news_of_a_call_conclude_nothing_twice(bench: Bench) -> None:
    """After the end its record is touched again, as by callbacks that come late, out of order and
    twice: attempt, contact and write-back stay as they were.
    """
    await add_batch(bench.store, 1)
    [attempt] = await bench.run()
    await bench.outcome_reporter.tell()
    contact = await bench.contact()
    for status in ("ringing", "in-progress", "completed", "ringing", "failed"):
        await bench.store.set_call("call_000000", status=status)
    assert not await bench.store.end_call(
        "call_000000",
        status="no-answer",
        outcome=Outcome(result="unreached", reason="no_answer"),
        ended_at=NOON,
    )
    await bench.engine.reach(attempt.id)
    await bench.outcome_reporter.tell()
    assert await bench.attempt(attempt.id) == attempt
    assert await bench.contact() == contact
    assert len(bench.far.told) == 1


@pytest.mark.usefixtures("short_waits")
async def test_a_call_of_which_nothing_is_heard_is_asked_about(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Callbacks that never come: the record does not move, so the carrier is asked, not often."""
    monkeypatch.setattr(live_call_monitor, "STILL_SECS", 0.3)
    bench.far.manners.ends_calls = False
    await add_batch(bench.store, 1)
    task = asyncio.create_task(bench.run())
    await until(lambda: len(bench.reconciled) >= 2, within_secs=10)
    assert {record.id for record in bench.reconciled} == {"call_000000"}
    await bench.far.end("call_000000")
    [attempt] = await task
    assert attempt.disposition == "confirmed"


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize(("status", "taken_back"), [("queued", True), ("ringing", False)])
async def test_what_the_carrier_queued_past_the_window_is_taken_back(
    bench: Bench, status: str, taken_back: bool
) -> None:
    """A call that waits in the carrier's own queue would ring at night; one that rings goes on.
    The business, which is away by then, was asked once: before the dial.
    """
    bench.far.manners.ends_calls = False
    bench.far.manners.stays_queued = True
    bench.carrier.status = CallStatus(status)
    await add_batch(bench.store, 1)
    task = asyncio.create_task(bench.run())
    await until(lambda: bench.far.dials, within_secs=10)
    await asyncio.sleep(0.3)
    assert bench.carrier.cancelled == []
    bench.far.manners.asked = 503
    bench.clock.time = NOON + timedelta(hours=10)
    await asyncio.sleep(0.5)
    assert set(bench.carrier.cancelled) == ({"CAcall_000000"} if taken_back else set())
    assert bench.far.asked_for == {"apt_0": 1}
    await bench.far.end("call_000000")
    await task


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize(("rang", "attempts"), [(False, 0), (True, 1)])
async def test_what_was_taken_back_before_it_rang_is_no_call(
    bench: Bench, rang: bool, attempts: int
) -> None:
    """It uses up no cap where the carrier says that it never dialled; its batch is not paused for
    it in any case.
    """
    bench.far.manners.ends_calls = False
    bench.far.manners.stays_queued = True
    bench.carrier.started_at = NOON if rang else None
    breaker = Breaker(window=5, carrier_errors=0.1)
    await add_batch(bench.store, 1, caps=Caps(per_contact=3), breaker=breaker)
    task = asyncio.create_task(bench.run())
    await until(lambda: bench.far.dials, within_secs=10)
    bench.clock.time = NOON + timedelta(hours=10)
    await until(lambda: bench.carrier.cancelled, within_secs=10)
    await asyncio.sleep(0.2)
    await bench.store.end_call(
        "call_000000",
        status="canceled",
        outcome=Outcome(result="unreached", reason="canceled"),
        ended_at=utcnow(),
    )
    await task
    contact = await bench.contact()
    assert (contact.state, contact.disposition) == ("waiting", "failed")
    assert contact.attempts == await bench.store.ledger.calls_placed("batch_a") == attempts
    assert await bench.oversee() == ("running", "")


@pytest.mark.usefixtures("short_waits")
async def test_an_order_of_which_the_carrier_has_nothing_is_no_call(bench: Bench) -> None:
    """Its answer was lost, and it turns out that there is no call: the one call that the contact
    may get is made yet.
    """
    await add_batch(bench.store, 1, caps=Caps(per_contact=1))
    [attempt] = await bench.plan()
    await bench.store.ledger.placing(
        attempt.id, number=attempt.number, at=NOON, decision=ALLOWED, concurrency=1
    )
    record = CallRecord(
        id="call_lost",
        key=attempt.id,
        direction="outbound",
        agent="reminder",
        from_number="+15550000000",
        to_number=attempt.number,
        started_at=utcnow(),
        status="queued",
    )
    await bench.store.add_call(record)
    task = asyncio.create_task(bench.engine.reach(attempt.id))
    await until(lambda: stands(bench, attempt, "placed"), within_secs=10)
    assert (await bench.contact()).attempts == 1
    await bench.store.end_call(
        "call_lost",
        status="failed",
        outcome=Outcome(result="failed", reason="not_placed"),
        ended_at=utcnow(),
    )
    await task
    contact = await bench.contact()
    assert (contact.state, contact.attempts) == ("waiting", 0)
    assert contact.due_at is not None
    bench.clock.time = contact.due_at
    [again] = await bench.run()
    assert again.disposition == "confirmed"


@dataclass
class Phone:
    """The calls of the service, as the service of batches reaches them."""

    ended: list[str] = field(default_factory=list)

    async def end(self, call_id: str) -> bool:
        self.ended.append(call_id)
        return True


@pytest.mark.usefixtures("short_waits")
async def test_a_cancelled_batch_may_end_its_live_calls(bench: Bench) -> None:
    """If the sender wants it, calls under way are ended, also one that is just being made and of
    which the service of batches does not know yet; without that they go on.
    """
    phone = Phone()
    batches = BatchService(store=bench.store, live_calls=phone, now=bench.clock.now)
    bench.far.manners.call_secs = 30
    await add_batch(bench.store, 2)
    [first] = await bench.plan(backlog=1)
    running = [asyncio.create_task(bench.engine.reach(first.id))]
    await until(lambda: stands(bench, first, "placed"), within_secs=10)
    [second] = await bench.plan()
    await bench.store.ledger.placing(
        second.id, number=second.number, at=NOON, decision=ALLOWED, concurrency=2
    )
    async with loopback_client() as client:
        await client.send(an_order(bench, second))
    await batches.cancel("batch_a")
    await asyncio.sleep(0.3)
    assert bench.far.hung_up == []
    await batches.cancel("batch_a", live="end")
    assert phone.ended == ["call_000000"]
    running.append(asyncio.create_task(bench.engine.reach(second.id)))
    await asyncio.gather(*running)
    assert set(bench.far.hung_up) == {"call_000000", "call_000001"}


def an_order(bench: Bench, attempt: AttemptRecord) -> httpx.Request:
    """The order of an attempt, as a dialler sends it."""
    return httpx.Request(
        "POST",
        f"{bench.far.url}/calls",
        json={"to": attempt.number, "agent": "reminder"},
        headers={"Idempotency-Key": attempt.id},
    )


async def stands(bench: Bench, attempt: AttemptRecord, state: str) -> bool:
    return (await bench.attempt(attempt.id)).state == state
