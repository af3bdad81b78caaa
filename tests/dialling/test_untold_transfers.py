"""A transfer of whose outcome the carrier's report never comes: the carrier is asked for it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from dialler_kit import add_batch, until
from engine_kit import Bench, open_bench
from far_service import FarService

from bot.batches.dialling import engine, live_call_monitor
from bot.carriers import CallStatus, CarrierCall, CarrierError
from bot.clock import utcnow
from bot.store import AttemptRecord, Outcome, Store, Transfer
from tests.databases import sqlite_copy

SECS = timedelta(seconds=1)


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return sqlite_copy(tmp_path / "trunkline.db")


@pytest.fixture
async def bench(
    store: Store, far: FarService, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Bench]:
    monkeypatch.setattr(engine, "LOOK_AFTER_SECS", 0.05)
    monkeypatch.setattr(live_call_monitor, "ASK_AGAIN_SECS", 0.1)
    async with open_bench(store, far) as bench:
        yield bench


async def put_through(bench: Bench, *, ago_secs: int = 20) -> asyncio.Task[list[AttemptRecord]]:
    """A contact has asked for a person; the agent's part ended so long ago."""
    await add_batch(bench.store, 1)
    bench.far.manners.ends_calls = False
    running = asyncio.create_task(bench.run())
    await until(lambda: bench.far.dials, within_secs=20)
    await asyncio.sleep(0.3)
    ended_at = utcnow() - ago_secs * SECS
    transfer = Transfer(reason="They pressed 0.", at=ended_at, target="+15559998888")
    await bench.store.set_call("call_000000", transfer=transfer)
    outcome = Outcome(result="transferred", reason="transfer", summary="Asked for a person.")
    await bench.store.end_call(
        "call_000000", status="completed", outcome=outcome, ended_at=ended_at
    )
    return running


def leg(status: CallStatus, secs: int | None = None) -> CarrierCall:
    return CarrierCall(call_sid=f"CA{status}", status=status, duration_secs=secs)


@pytest.mark.parametrize(
    ("legs", "status", "disposition", "transfer"),
    [
        ([leg(CallStatus.COMPLETED, 61)], "completed", "transferred", "answered"),
        ([leg(CallStatus.NO_ANSWER)], "completed", "person_wanted", "no_answer"),
        ([leg(CallStatus.BUSY)], "in-progress", "person_wanted", "busy"),
        (
            [leg(CallStatus.BUSY), leg(CallStatus.COMPLETED, 9)],
            "completed",
            "transferred",
            "answered",
        ),
        ([], "completed", "person_wanted", "failed"),
    ],
)
async def test_the_place_is_free_as_soon_as_the_carrier_knows(
    bench: Bench,
    legs: Sequence[CarrierCall],
    status: str,
    disposition: str,
    transfer: str,
) -> None:
    """Not after three minutes; and what came of it is what the carrier says."""
    bench.carrier.status, bench.carrier.legs = CallStatus(status), legs
    running = await put_through(bench)
    [attempt] = await asyncio.wait_for(running, 10)
    assert attempt.disposition == disposition
    assert attempt.detail == {"transfer": transfer}


@pytest.mark.parametrize(
    ("legs", "status"),
    [
        ([leg(CallStatus.RINGING)], "in-progress"),
        ([leg(CallStatus.NO_ANSWER), leg(CallStatus.IN_PROGRESS)], "in-progress"),
        ([], "in-progress"),
        (CarrierError("The carrier is away.", reason="unreachable", fault="carrier"), "completed"),
    ],
    ids=["rings", "talks", "nobody is dialled yet", "carrier away"],
)
async def test_a_person_whose_phone_rings_is_waited_for(
    bench: Bench, legs: Sequence[CarrierCall] | CarrierError, status: str
) -> None:
    """Nothing is taken for known that the carrier has not said."""
    bench.carrier.status, bench.carrier.legs = CallStatus(status), legs
    running = await put_through(bench)
    await asyncio.sleep(0.6)
    assert not running.done()
    bench.carrier.legs = [leg(CallStatus.COMPLETED, 5)]
    [attempt] = await asyncio.wait_for(running, 10)
    assert attempt.disposition == "transferred"


async def test_what_the_carrier_is_about_to_tell_is_not_asked_for(bench: Bench) -> None:
    """Its report comes within moments, and says more."""
    bench.carrier.legs = [leg(CallStatus.NO_ANSWER)]
    running = await put_through(bench, ago_secs=1)
    await asyncio.sleep(0.6)
    assert not running.done()
    running.cancel()
