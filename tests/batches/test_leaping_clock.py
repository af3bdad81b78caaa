"""The clock of a demonstration: it leaps over hours in which nothing happens, and never back."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from batch_kit import NOON, a_batch, a_contact, opened_store

from bot.batches.clock import LeapingClock, leap_when_idle
from bot.store import Store

LATER = NOON + timedelta(hours=3)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened_store(tmp_path) as store:
        yield store


async def leaps(store: Store, *, within_secs: float = 0.6) -> list[datetime]:
    """What the clock leaps to in this time."""
    told: list[datetime] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_secs):
            await leap_when_idle(store, LeapingClock(NOON), tell=told.append)
    return told


def test_a_leap() -> None:
    """Ahead, at once; from there time goes on; back is nowhere."""
    clock = LeapingClock(NOON)
    assert timedelta(0) <= clock.now() - NOON < timedelta(seconds=5)
    clock.leap(LATER)
    assert timedelta(0) <= clock.now() - LATER < timedelta(seconds=5)
    clock.leap(NOON)
    assert clock.now() >= LATER


async def test_to_whoever_is_due_next(store: Store) -> None:
    """The earliest of those who wait, once."""
    people = [a_contact(1, due_at=LATER + timedelta(hours=1)), a_contact(2, due_at=LATER)]
    await store.batches.add(a_batch(state="running"), people)
    assert await leaps(store) == [LATER]


async def test_not_while_something_happens(store: Store) -> None:
    """Somebody is due or being called, nobody waits, or the batch does not run."""
    await store.batches.add(a_batch(state="held"), [a_contact(1, due_at=LATER)])
    assert await leaps(store) == []
    await store.batches.set_state("batch_a", "running", expect=["held"], at=NOON)
    await store.batches.add_contacts([a_contact(2)])
    assert await leaps(store) == []
    await store.ledger.plan("batch_a", now=NOON, backlog=5)
    assert await leaps(store) == []
