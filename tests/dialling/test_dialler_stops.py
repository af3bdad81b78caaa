"""A dialler that is told to stop: it takes nothing new, and loses nothing."""

import pytest
from dialler_kit import Diallers, add_batch, is_over, until
from far_service import FarService

from bot.store import Store

pytestmark = [pytest.mark.realtime, pytest.mark.thorough, pytest.mark.timeout(900)]


async def test_calls_under_way_come_to_their_end(
    store: Store, far: FarService, diallers: Diallers
) -> None:
    """SIGTERM: no call begins any more, those under way are written down, the exit code is 0."""
    await add_batch(store, 16, concurrency=4)
    far.manners.ends_calls = False  # before it has heard that it is to stop
    dialler = await diallers.start()
    await until(lambda: len(far.live) == 4, within_secs=20)
    dialler.process.terminate()
    far.manners.ends_calls = True
    for call_id in list(far.live):
        await far.end(call_id)
    assert await dialler.died() == 0
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
    """A call that outlasts the deadline is left to another dialler, which need not wait for the
    silence of the one that stopped: that one has said that it goes.
    """
    await add_batch(store, 3, concurrency=3)
    far.manners.ends_calls = False
    first = await diallers.start(finish_secs=1)
    await until(lambda: len(far.live) == 3, within_secs=20)
    second = await diallers.start()
    assert await first.terminate() == 0
    assert len(far.live) == 3
    assert await store.fleet.alive(60) == [second.id]
    for call_id in list(far.live):
        await far.end(call_id)
    await until(lambda: is_over(store), within_secs=40)
    assert set(far.dials_to().values()) == {1}
