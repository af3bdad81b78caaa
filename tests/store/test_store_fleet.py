"""What workers share: slots are given out one by one, and who is silent is found."""

import asyncio
import time
from datetime import datetime, timedelta

from bot.store import Store

EVERY = timedelta(milliseconds=50)


def one_by_one(now: datetime, free_at: datetime) -> tuple[datetime, datetime]:
    begin = max(now, free_at)
    return begin, begin + EVERY


async def test_slots_are_given_out_one_by_one(database_url: str) -> None:
    """Whoever asks at the same moment, from whatever process, no slot is given out twice."""
    stores = [await Store.open(database_url) for _ in range(2)]
    begun_at = time.monotonic()

    async def ask(n: int) -> float:
        waits = await stores[n % 2].fleet.reserve("carrier", one_by_one)
        return time.monotonic() + waits - begun_at

    slots = sorted(await asyncio.gather(*(ask(n) for n in range(20))))
    assert slots[-1] - slots[0] >= 19 * EVERY.total_seconds() - 0.04
    for store in stores:
        await store.close()


async def test_each_name_has_a_pace_of_its_own(store: Store) -> None:
    """Slots of one batch take none of another's."""
    for name in ("batch_a", "batch_b"):
        assert await store.fleet.reserve(name, one_by_one) == 0
        assert await store.fleet.reserve(name, one_by_one) > 0


async def test_who_is_silent_does_not_count_as_alive(store: Store) -> None:
    """A heartbeat brings a worker back; one that leaves, or is silent for long, is struck off."""
    await store.fleet.beat("worker_a")
    await asyncio.sleep(0.2)
    await store.fleet.beat("worker_b")
    assert await store.fleet.alive(0.1) == ["worker_b"]
    assert await store.fleet.alive(10) == ["worker_a", "worker_b"]
    assert await store.fleet.forget(0.1) == 1
    assert await store.fleet.alive(10) == ["worker_b"]
    await store.fleet.beat("worker_a")
    await store.fleet.leave("worker_b")
    assert await store.fleet.alive(10) == ["worker_a"]
