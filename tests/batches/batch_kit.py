"""What tests of batches share: a store of their own, and people in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.store import BatchRecord, ContactRecord, Store
from tests.databases import open_store

NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # a Tuesday, noon in New York


@asynccontextmanager
async def opened_store(folder: Path) -> AsyncIterator[Store]:
    """A store in this folder, closed in the end."""
    store = await open_store(folder / "office.db")
    try:
        yield store
    finally:
        await store.close()


def a_batch(**changes: Any) -> BatchRecord:
    """A batch that has not been started."""
    values: dict[str, Any] = {
        "id": "batch_a",
        "name": "tomorrow",
        "agent": "reminder",
        "settings": {},
        "created_at": NOON,
    }
    return BatchRecord(**(values | changes))


def a_contact(n: int = 1, **changes: Any) -> ContactRecord:
    """The n-th contact of that batch, with a number of its own."""
    values: dict[str, Any] = {
        "id": f"batch_a_{n:05}",
        "batch_id": "batch_a",
        "line": n + 1,
        "number": f"+1555{n:07}",
    }
    return ContactRecord(**(values | changes))
