"""A disk that is full: nothing of what was stored is lost, the error says so, and work goes on when
there is room.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.calls.journal import Journal
from bot.clock import utcnow
from bot.store import CallRecord, Outcome, Store, StoreError
from tests.brains.some_brains import BRAINS
from tests.databases import open_store

NOON = utcnow()


class Disk:
    """Room for so many pages of a SQLite file, as SQLite keeps it; None: any number."""

    def __init__(self) -> None:
        self.most_pages: int | None = None

    def apply(self, connection: Any) -> None:
        most = self.most_pages or 1_000_000
        connection.connection.cursor().execute(f"PRAGMA max_page_count = {most}")

    def fill(self) -> None:
        """Not a page more than there are."""
        self.most_pages = 1

    def empty(self) -> None:
        self.most_pages = None


@pytest.fixture
def disk() -> Iterator[Disk]:
    disk = Disk()
    event.listen(Engine, "begin", disk.apply)
    yield disk
    event.remove(Engine, "begin", disk.apply)


@pytest.fixture
async def store(tmp_path: Path, disk: Disk) -> AsyncIterator[Store]:
    store = await open_store(tmp_path / "calls.db")
    yield store
    disk.empty()
    await store.close()


def call(number: int) -> CallRecord:
    return CallRecord(
        id=f"call_{number}",
        direction="outbound",
        agent="desk",
        from_number="+15550001111",
        to_number="+15552223333",
        started_at=NOON,
        status="queued",
        request={"instructions": "x" * 9000},  # more than is left of a page
    )


async def test_the_error_names_the_disk_and_nothing_is_lost(store: Store, disk: Disk) -> None:
    """What was stored before stands, what failed left nothing, and may be tried again."""
    await store.add_call(call(1))
    disk.fill()
    with pytest.raises(StoreError, match="disk is full") as told:
        await store.add_call(call(2))
    assert told.value.temporary
    assert await store.get_call("call_1") is not None
    assert await store.get_call("call_2") is None
    disk.empty()
    await store.add_call(call(2))
    assert await store.get_call("call_2") is not None


async def test_the_notes_of_a_call_wait_for_room(store: Store, disk: Disk) -> None:
    """All turns of a call that was held while the disk was full are in its record."""
    meter = BRAINS["openai"].meter("gpt-realtime-2.1")
    journal = Journal(store=store, call_id="call_1", direction="outbound", meter=meter)
    journal.opened(call(1))
    await journal.written()
    disk.fill()
    for number in range(40):
        journal.caller_said(
            key=f"turn_{number:02}", text="x" * 4000, started_at=utcnow(), ended_at=utcnow()
        )
    await asyncio.sleep(2)
    kept = await store.get_call("call_1")
    assert kept is not None and len(kept.turns) < 40
    disk.empty()
    journal.ended(
        status="completed",
        outcome=Outcome(result="completed", reason="goodbye", summary="Done."),
        ended_at=utcnow(),
        talked_secs=10.0,
    )
    await journal.close()
    record = await store.get_call("call_1")
    assert record is not None and record.outcome is not None
    assert [turn.key for turn in record.turns] == [f"turn_{number:02}" for number in range(40)]
