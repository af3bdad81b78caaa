"""A dialler that is told to stop: it takes nothing new, and loses nothing."""

import time

import pytest
from dialler_kit import Diallers, add_batch, is_over, until
from far_service import FarService

from bot.store import Store

pytestmark = [pytest.mark.realtime, pytest.mark.thorough]


async def test_calls_under_way_come_to_their_end(
    store: Store, far: FarService, diallers: Diallers
) -> None:
    """SIGTERM: no call begins any more, those under way are written down, the exit code is 0."""
    await add_batch(store, 16, concurrency=4)
    far.manners.call_secs = 1.5
    dialler = await diallers.start()
    await until(lambda: len(far.dials) >= 4, within_secs=20)
    assert await dialler.terminate() == 0
    dialled = len(far.dials)
    assert dialled < 16
    open_calls = [attempt for attempt in await store.ledger.open() if attempt.call_id]
    assert open_calls == []
    assert await store.fleet.alive(60) == []
    await diallers.start()
    await until(lambda: is_over(store), within_secs=40)
    assert set(far.dials_to().values()) == {1}


async def test_what_does_not_end_in_time_goes_on_elsewhere(
    store: Store, far: FarService, diallers: Diallers
) -> None:
    """A call that outlasts the deadline is left to another dialler, which does not wait for the
    silence of the one that stopped.
    """
    await add_batch(store, 3, concurrency=3)
    far.manners.call_secs = 6
    first = await diallers.start(finish_secs=1)
    await diallers.start()
    await until(lambda: len(far.dials) == 3, within_secs=20)
    begun_at = time.monotonic()
    assert await first.terminate() == 0
    assert time.monotonic() - begun_at < 5
    await until(lambda: is_over(store), within_secs=20)
    assert set(far.dials_to().values()) == {1}
