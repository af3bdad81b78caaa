"""A worker that is told to stop: it takes nothing new, and loses nothing."""

import time

import pytest
from far_service import FarService
from worker_kit import Workers, add_batch, is_over, until

from bot.store import Store

pytestmark = [pytest.mark.realtime, pytest.mark.thorough]


async def test_calls_under_way_come_to_their_end(
    store: Store, far: FarService, workers: Workers
) -> None:
    """SIGTERM: no call begins any more, those under way are written down, the exit code is 0."""
    await add_batch(store, 16, concurrency=4)
    far.manners.call_secs = 1.5
    worker = await workers.start()
    await until(lambda: len(far.dials) >= 4, within_secs=20)
    assert await worker.terminate() == 0
    dialled = len(far.dials)
    assert dialled < 16
    open_calls = [attempt for attempt in await store.ledger.open() if attempt.call_id]
    assert open_calls == []
    assert await store.fleet.alive(60) == []
    await workers.start()
    await until(lambda: is_over(store), within_secs=40)
    assert set(far.dials_to().values()) == {1}


async def test_what_does_not_end_in_time_goes_on_elsewhere(
    store: Store, far: FarService, workers: Workers
) -> None:
    """A call that outlasts the deadline is left to another worker, which does not wait for the
    silence of the one that stopped.
    """
    await add_batch(store, 3, concurrency=3)
    far.manners.call_secs = 6
    first = await workers.start(finish_secs=1)
    await workers.start()
    await until(lambda: len(far.dials) == 3, within_secs=20)
    begun_at = time.monotonic()
    assert await first.terminate() == 0
    assert time.monotonic() - begun_at < 5
    await until(lambda: is_over(store), within_secs=20)
    assert set(far.dials_to().values()) == {1}
