"""One batch that a dialler can do nothing with is nobody else's trouble."""

from datetime import timedelta
from pathlib import Path

import pytest
from dialler_kit import NOON, Diallers, add_batch, is_over, until
from far_service import FarService

from bot.store import Store
from tests.databases import sqlite_copy

pytestmark = [pytest.mark.realtime, pytest.mark.thorough, pytest.mark.timeout(900)]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return sqlite_copy(tmp_path / "trunkline.db")


async def test_a_batch_with_settings_that_cannot_be_read_stops_no_other(
    store: Store, far: FarService, diallers: Diallers
) -> None:
    """It comes first in every round, of planning, of looking for lost attempts and of overseeing:
    the batch after it is called, whoever was planned there and lost too, and comes to its end.
    """
    for n, batch_id in enumerate(("batch_a", "batch_b")):
        await add_batch(store, 3, batch_id=batch_id, first_number=10 * n)
        await store.ledger.plan(batch_id, now=NOON - timedelta(minutes=1), backlog=1)
    batch = await store.batches.get("batch_a")
    assert batch is not None
    await store.batches.set_settings("batch_a", {**batch.settings, "of_another_release": 1})
    dialler = await diallers.start()
    await until(lambda: is_over(store, "batch_b"), within_secs=50)
    assert len(far.dials) == 3
    assert "left out in this round" in dialler.log.read_text()
