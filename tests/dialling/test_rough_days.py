"""Batches on days on which something else goes wrong: nobody is lost, and nobody called twice."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from dialler_kit import NOON, add_batch, until
from engine_kit import Bench, open_bench
from far_service import FarService
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.batches.dialling import engine
from bot.batches.service import BatchService
from bot.carriers import CallStatus
from bot.store import Store
from tests.databases import sqlite_copy


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return sqlite_copy(tmp_path / "trunkline.db")


@pytest.fixture
async def bench(
    store: Store, far: FarService, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Bench]:
    monkeypatch.setattr(engine, "FIRST_PAUSE_SECS", 0.05)
    monkeypatch.setattr(engine, "LOOK_AFTER_SECS", 0.05)
    async with open_bench(store, far) as bench:
        yield bench


async def test_who_opts_out_of_one_batch_is_skipped_by_the_next(bench: Bench) -> None:
    """With the reason, also where another business day and another appointment are meant."""
    await add_batch(bench.store, 1)
    bench.far.manners.wants_no_calls = True
    [first] = await bench.run()
    assert first.disposition == "opt_out"
    await add_batch(bench.store, 2, batch_id="batch_b", about="other")
    bench.far.manners.wants_no_calls = False
    await bench.run("batch_b")
    skipped = await bench.contact(0, "batch_b")
    assert (skipped.state, skipped.attempts) == ("skipped", 0)
    assert "suppressed" in str(skipped.decision)
    assert (await bench.contact(1, "batch_b")).disposition == "confirmed"
    assert set(bench.far.dials_to().values()) == {1}


@pytest.mark.parametrize("end_calls", [False, True])
async def test_a_call_that_is_answered_after_its_batch_was_cancelled(
    bench: Bench, end_calls: bool
) -> None:
    """The order was on its way: what they say counts, and nobody else is dialled."""
    await add_batch(bench.store, 3, concurrency=1)
    manners = bench.far.manners
    manners.stays_queued, manners.ends_calls = True, False
    planned = await bench.plan()
    running = asyncio.gather(*(bench.engine.reach(attempt.id) for attempt in planned))
    await until(lambda: bench.far.dials, within_secs=20)
    service = BatchService(store=bench.store, live_calls=NoCalls(), now=lambda: NOON)
    await service.cancel("batch_a", live="end" if end_calls else "finish")
    bench.carrier.status = CallStatus.IN_PROGRESS
    await bench.store.set_call("call_000000", status="in-progress", answered_at=NOON)
    await asyncio.sleep(0.3)
    await bench.far.end("call_000000")
    await asyncio.wait_for(running, 20)
    batch = await bench.store.batches.get("batch_a")
    assert batch is not None and batch.state == "cancelled"
    assert len(bench.far.dials) == 1
    counts = await bench.store.batches.counts("batch_a")
    assert counts.dispositions == {"confirmed": 1}
    assert counts.states == {"done": 1, "cancelled": 2}


class NoCalls:
    """No live call is known here."""

    async def end(self, call_id: str) -> bool:
        return False


class Disk:
    """How many pages the SQLite file may have: not one more than now while it is full."""

    def __init__(self) -> None:
        self.is_full = False

    def apply(self, connection: Any) -> None:
        most = 1 if self.is_full else 1_000_000
        connection.connection.cursor().execute(f"PRAGMA max_page_count = {most}")


@pytest.fixture
def disk() -> Iterator[Disk]:
    disk = Disk()
    event.listen(Engine, "begin", disk.apply)
    yield disk
    event.remove(Engine, "begin", disk.apply)


async def test_a_disk_that_is_full_in_the_middle_of_a_batch(disk: Disk, bench: Bench) -> None:
    """Each contact is called once, when there is room again."""
    await add_batch(bench.store, 12, concurrency=4)
    planned = await bench.plan()
    running = asyncio.gather(*(bench.engine.reach(attempt.id) for attempt in planned))
    await until(lambda: len(bench.far.dials) >= 4, within_secs=20)
    disk.is_full = True
    await asyncio.sleep(2)
    disk.is_full = False
    await asyncio.wait_for(running, 60)
    assert (await bench.store.batches.counts("batch_a")).states == {"done": 12}
    assert len(bench.far.dials) == 12
    assert set(bench.far.dials_to().values()) == {1}
