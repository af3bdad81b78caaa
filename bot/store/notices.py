"""Notices of results: what a sender's own system was told of a batch, and what it still has to be.

What there is to tell follows from the contacts themselves; a row here says how far the telling is.
So a process may die at any moment: the next look finds the same things to tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.batch_records import BatchRecord
from bot.store.batch_rows import record_of
from bot.store.batch_tables import batches, contacts, notices
from bot.store.database import Database

# States of a contact with whom nothing more is tried.
CONCLUDED = ("done", "skipped", "cancelled")

# A contact whose end changes, by a call back, is told of once more.
_END = func.coalesce(func.nullif(contacts.c.disposition, ""), contacts.c.state)
NOTICE_ID = contacts.c.id.concat("-").concat(_END)

_OPEN = and_(notices.c.told_at.is_(None), notices.c.gave_up_at.is_(None))


@dataclass(frozen=True, kw_only=True)
class NoticeRecord:
    """One thing to be told, and how far that is. Its words are found when it is sent."""

    id: str  # the receiver sees it too: the same thing told twice has the same id
    batch_id: str
    contact_id: str | None  # None: of the batch as a whole
    due_at: datetime  # when it is sent, or sent again
    tries: int = 0
    told_at: datetime | None = None
    gave_up_at: datetime | None = None
    problem: str = ""  # of the last try


class NoticeStore:
    """Notices. Each method is one short transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_concluded(self, batch_id: str, *, now: datetime, limit: int = 500) -> int:
        """Makes notices, due now, of contacts that are concluded and were not told; how many."""
        query = (
            select(contacts.c.id, NOTICE_ID)
            .where(
                contacts.c.batch_id == batch_id,
                contacts.c.state.in_(CONCLUDED),
                ~exists().where(notices.c.id == NOTICE_ID),
            )
            .limit(limit)
        )

        async def add(connection: AsyncConnection) -> int:
            untold = (await connection.execute(query)).all()
            for contact_id, notice_id in untold:
                notice = NoticeRecord(
                    id=notice_id, batch_id=batch_id, contact_id=contact_id, due_at=now
                )
                await connection.execute(self._database.insert_if_new(notices), vars(notice))
            return len(untold)

        return await self._database.write("note what is to be told", add)

    async def add(self, notice: NoticeRecord) -> None:
        """Keeps a notice, unless one with its id is there already."""
        statement = self._database.insert_if_new(notices)
        await self._database.change("note what is to be told", statement, vars(notice))

    async def due(self, *, now: datetime, limit: int = 20) -> Sequence[NoticeRecord]:
        """Notices whose time has come, the oldest first."""
        return await self._find(and_(_OPEN, notices.c.due_at <= now), limit)

    async def of_batch(self, batch_id: str, *, limit: int = 100) -> Sequence[NoticeRecord]:
        """Notices of a batch that have not arrived, or never will, the oldest first."""
        return await self._find(
            and_(notices.c.batch_id == batch_id, notices.c.told_at.is_(None)), limit
        )

    async def untold_batches(self) -> Sequence[BatchRecord]:
        """Batches whose settings name where to tell, and of whose end there is no notice yet."""
        last = exists().where(notices.c.batch_id == batches.c.id, notices.c.contact_id.is_(None))
        wanted = batches.c.settings["results_url"].as_string().is_not(None)
        query = select(batches).where(wanted, ~last).order_by(batches.c.created_at)

        async def find(connection: AsyncConnection) -> Sequence[BatchRecord]:
            rows = (await connection.execute(query)).mappings()
            return [record_of(BatchRecord, row) for row in rows]

        return await self._database.read("look for what is to be told", find)

    async def claim(self, notice: NoticeRecord, *, until: datetime) -> bool:
        """Claims a notice until `until`: no other process sends it before. False: it is claimed."""
        unchanged = and_(_OPEN, notices.c.tries == notice.tries)
        taken = {"due_at": until, "tries": notice.tries + 1}
        statement = update(notices).where(notices.c.id == notice.id, unchanged).values(taken)
        return await self._database.change("take a notice in hand", statement) == 1

    async def told(self, notice_id: str, *, at: datetime) -> None:
        """Marks a notice as received."""
        await self._set(notice_id, told_at=at, problem="")

    async def again(self, notice_id: str, *, at: datetime, problem: str) -> None:
        """Plans the next attempt of a notice that did not arrive."""
        await self._set(notice_id, due_at=at, problem=problem)

    async def give_up(self, notice_id: str, *, at: datetime, problem: str) -> None:
        """Marks a notice that did not arrive as given up."""
        await self._set(notice_id, gave_up_at=at, problem=problem)

    async def _set(self, notice_id: str, **changes: datetime | str) -> None:
        statement = update(notices).where(notices.c.id == notice_id).values(changes)
        await self._database.change("note what was told", statement)

    async def _find(self, which: ColumnElement[bool], limit: int) -> Sequence[NoticeRecord]:
        query = select(notices).where(which).order_by(notices.c.due_at, notices.c.id).limit(limit)

        async def find(connection: AsyncConnection) -> list[NoticeRecord]:
            rows = (await connection.execute(query)).mappings().all()
            return [NoticeRecord(**row) for row in rows]

        return await self._database.read("look for what is to be told", find)
