"""Several diallers on one PostgreSQL: they share the limits, and one goes on for another."""

import asyncio
import time
from collections.abc import Sequence
from itertools import pairwise

import asyncpg
import pytest
from dialler_kit import DiallerProcess, Diallers, add_batch, is_over, until
from far_service import FarService

from bot.store import Store

pytestmark = [pytest.mark.realtime, pytest.mark.thorough]

# The slots as they are given out: each row of the pace says when the next one may begin.
NOTE_SLOTS = """
CREATE TABLE slots (name text, free_at float8);
CREATE FUNCTION note_slot() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO slots VALUES (NEW.name, extract(epoch FROM NEW.next_at));
    RETURN NEW;
END $$;
CREATE TRIGGER note_slot AFTER INSERT OR UPDATE ON pace FOR EACH ROW EXECUTE FUNCTION note_slot();
"""
CONCURRENCY = 8  # two for each of four diallers


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


@pytest.mark.timeout(900)
async def test_four_workers_keep_the_limits_and_one_dies(
    store: Store, far: FarService, diallers: Diallers
) -> None:
    """As many calls as the batch allows are under way, and never more, also while a dialler dies
    and others take over what it had; each number is dialled once, and all diallers take part:
    three may not have what is the share of the fourth.
    """
    far.manners.call_secs = 20.0
    for _ in range(4):
        await diallers.start()
    await add_batch(store, 70, concurrency=CONCURRENCY)
    await until(lambda: len(far.live) == CONCURRENCY, within_secs=40)
    far.manners.call_secs = 1.5
    for call_id in list(far.live):
        await far.end(call_id)
    left: set[str] = set()

    async def in_the_middle() -> bool:
        nonlocal left
        left = {each.id for each in await store.ledger.open() if each.state != "planned"}
        return bool(left) and len(far.dials) >= 20 and any(map(has_ended_some, diallers.all))

    await until(in_the_middle, within_secs=40)
    dead = next(filter(has_ended_some, diallers.all))
    await dead.kill()

    async def all_have_ended() -> bool:
        return not left & {attempt.id for attempt in await store.ledger.open()}

    await until(all_have_ended, within_secs=30)
    await until(lambda: is_over(store), within_secs=120)
    assert max(dial.live for dial in far.dials) == CONCURRENCY
    assert len(far.dials) == 70
    assert set(far.dials_to().values()) == {1}
    assert all(map(has_ended_some, diallers.all))


def has_ended_some(dialler: DiallerProcess) -> bool:
    return "confirmed" in dialler.log.read_text()


@pytest.mark.timeout(900)
async def test_four_workers_keep_the_pace(
    store: Store, far: FarService, diallers: Diallers, database_url: str
) -> None:
    """Calls a second are those that were set, within 2 %, over all diallers and 15 seconds: the
    slots that the database gives out by its own clock. No call begins before its slot, however
    busy the machine is, and none has a slot more than it needs.
    """
    pace = 2.0  # which a machine with much else to do keeps, too
    far.manners.call_secs = 1.0
    database = await asyncpg.connect(database_url, timeout=5)
    await database.execute(NOTE_SLOTS)
    for _ in range(4):
        await diallers.start()
    await add_batch(store, 45, calls_per_second=pace, concurrency=40)
    await until(lambda: len(far.dials) >= 45, within_secs=60)
    now: float = await database.fetchval("SELECT extract(epoch FROM clock_timestamp())::float8")
    ahead = now - time.monotonic()  # of the database's clock, and a moment more
    noted = await database.fetch("SELECT free_at FROM slots WHERE name = 'batch_a' ORDER BY 1")
    await database.close()
    slots = [row["free_at"] - 1 / pace for row in noted]
    assert len(slots) == 45
    assert rate_of(slots[15:]) == pytest.approx(pace, rel=0.02)
    assert min(later - at for at, later in pairwise(slots)) > 0.99 / pace
    begun = sorted(dial.at + ahead for dial in far.dials)
    assert all(at > slot - 0.01 for at, slot in zip(begun, slots, strict=True))


async def test_a_lowered_pace_is_felt_within_seconds(
    store: Store, far: FarService, diallers: Diallers
) -> None:
    """The sender lowers the concurrency while the batch runs: no call begins above it."""
    await add_batch(store, 26, concurrency=8)
    far.manners.call_secs = 1.0
    await diallers.start()
    await diallers.start()
    await until(lambda: len(far.dials) >= 10, within_secs=40)
    batch = await store.batches.get("batch_a")
    assert batch is not None
    await store.batches.set_settings("batch_a", {**batch.settings, "concurrency": 2})
    await asyncio.sleep(2)
    lowered_at = time.monotonic()
    await until(lambda: is_over(store), within_secs=60)
    assert max(dial.live for dial in far.dials if dial.at > lowered_at) == 2


def rate_of(times: Sequence[float]) -> float:
    """Calls a second, by the line that fits best through all of them."""
    count = len(times)
    middle, mean = (count - 1) / 2, sum(times) / count
    above = sum((n - middle) * (at - mean) for n, at in enumerate(times))
    return sum((n - middle) ** 2 for n in range(count)) / above
