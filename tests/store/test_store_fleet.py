"""What diallers share: slots are given out one by one, and who is silent is found."""

import asyncio
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import update

from bot.clock import utcnow
from bot.store import Store
from bot.store.batch_tables import diallers
from bot.store.database import Database
from bot.store.engine import make_engine, read_url

EVERY = timedelta(hours=1)  # longer than any machine takes between two requests


def one_by_one(now: datetime, free_at: datetime) -> tuple[datetime, datetime]:
    begin = max(now, free_at)
    return begin, begin + EVERY


async def test_slots_are_given_out_one_by_one(database_url: str) -> None:
    """Whoever asks at the same moment, from whatever process, no slot is given out twice."""
    stores = [await Store.open(database_url) for _ in range(2)]
    slots: list[datetime] = []

    def noted(now: datetime, free_at: datetime) -> tuple[datetime, datetime]:
        begin, next_at = one_by_one(now, free_at)
        slots.append(begin)
        return begin, next_at

    asked = (stores[n % 2].fleet.reserve("carrier", noted) for n in range(20))
    waits = await asyncio.gather(*asked)
    assert len(slots) == 20
    assert all(later - earlier >= EVERY for earlier, later in pairwise(sorted(slots)))
    assert all(wait >= 0 for wait in waits)
    for store in stores:
        await store.close()


async def test_each_name_has_a_pace_of_its_own(store: Store) -> None:
    """Slots of one batch take none of another's."""
    for name in ("batch_a", "batch_b"):
        assert await store.fleet.reserve(name, one_by_one) == 0
        assert await store.fleet.reserve(name, one_by_one) > 0


async def test_who_is_silent_does_not_count_as_alive(store: Store, database_url: str) -> None:
    """A heartbeat brings a dialler back; one that leaves, or is silent for long, is struck off."""
    await store.fleet.beat("worker_a")
    await store.fleet.beat("worker_b")
    await _silent_for_an_hour(database_url, "worker_a")
    assert await store.fleet.alive(1800) == ["worker_b"]
    assert await store.fleet.alive(7200) == ["worker_a", "worker_b"]
    assert await store.fleet.forget(1800) == 1
    assert await store.fleet.alive(7200) == ["worker_b"]
    await store.fleet.beat("worker_a")
    await store.fleet.leave("worker_b")
    assert await store.fleet.alive(1800) == ["worker_a"]


async def _silent_for_an_hour(database_url: str, dialler_id: str) -> None:
    database = Database(make_engine(read_url(database_url), wait_secs=5))
    silent = update(diallers).where(diallers.c.id == dialler_id)
    an_hour_ago = utcnow() - timedelta(hours=1)
    await database.change("wait an hour", silent.values(seen_at=an_hour_ago))
    await database.close()
