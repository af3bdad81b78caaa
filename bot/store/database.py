"""Transactions: short, retried while others hold the database, never cut in half."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from loguru import logger
from sqlalchemy import Column, Executable, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.columns import UtcDateTime
from bot.store.errors import StoreError
from bot.store.faults import DRIVER_ERRORS, is_contention, store_error

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

WRITE_PATIENCE_SECS = 15.0  # how long a write is tried again while others are in its way
RETRY_PAUSE_SECS = 0.05


class Database:
    """One engine; every method raises `StoreError`, and nothing else, for what goes wrong in it.

    A transaction that was started is finished even when the task that asked for it is
    cancelled. `doing` names it in errors, as in "add a call".
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._sqlite = engine.dialect.name == "sqlite"
        # The write lock is taken at the start: a reader that turns writer could not wait for it.
        self._writing_engine = engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        # SQLite has one writer anyway: here ours queue in the order they came.
        self._turn_to_write: AbstractAsyncContextManager[Any] = (
            asyncio.Lock() if self._sqlite else nullcontext()
        )
        self._under_way: set[asyncio.Task[Any]] = set()
        self._closed = False

    async def read(self, doing: str, work: Work[T]) -> T:
        """What `work` makes of a connection it only reads from."""
        return await self._finish(doing, self._read(doing, work))

    async def write(self, doing: str, work: Work[T]) -> T:
        """Commits what `work` does; it may run several times, so it has no other effect."""
        return await self._finish(doing, self._write(doing, work))

    async def change(self, doing: str, statement: Executable) -> int:
        """Commits one statement that writes; how many rows it wrote."""

        async def execute(connection: AsyncConnection) -> int:
            return (await connection.execute(statement)).rowcount

        return await self.write(doing, execute)

    def upsert(self, table: Table, columns: dict[str, Any]) -> Executable:
        """An insert that replaces the row with the same primary key, if there is one."""
        insert = sqlite.insert if self._sqlite else postgresql.insert
        statement: Executable = _upsert_of(insert, table, tuple(columns)).values(columns)
        return statement

    def insert_if_new(
        self, table: Table, columns: dict[str, Any], *, unique: Column[Any] | None = None
    ) -> Executable:
        """An insert that does nothing when a row with the same `unique` column is there, or with
        the same primary key where none is given.
        """
        insert = sqlite.insert if self._sqlite else postgresql.insert
        statement: sqlite.Insert | postgresql.Insert = insert(table).values(columns)
        own = table.primary_key.columns if unique is None else [unique]
        return statement.on_conflict_do_nothing(index_elements=own)

    async def now(self, connection: AsyncConnection) -> datetime:
        """The database's own clock, which all machines share: to the moment, not to the start of
        the transaction.
        """
        if self._sqlite:
            return datetime.now(UTC)  # it runs in this very process
        asked = await connection.execute(select(func.clock_timestamp(type_=UtcDateTime)))
        moment: datetime = asked.scalar_one()
        return moment

    async def lock(self, connection: AsyncConnection, name: str) -> None:
        """Only one transaction at a time goes on behind this line with the same name.

        On SQLite, where whoever writes is alone from the start, there is nothing to do.
        """
        if not self._sqlite:
            key = func.hashtextextended(name, 0)
            await connection.execute(select(func.pg_advisory_xact_lock(key)))

    async def forget_old_pages(self) -> None:
        """Empties SQLite's log, where what was overwritten stands until then.

        Readers in its way are waited for; if they stay, SQLite does it at a later checkpoint.
        """
        if self._sqlite:
            await self._finish("empty the log", self._checkpoint())

    async def close(self) -> None:
        """Waits for what is under way, then lets go of the database."""
        self._closed = True
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._engine.dispose()

    async def _finish(self, doing: str, work: Coroutine[Any, Any, T]) -> T:
        if self._closed:
            work.close()
            raise StoreError(f"Could not {doing}: the store is closed")
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_report_failure)
            raise

    async def _read(self, doing: str, work: Work[T]) -> T:
        try:
            async with self._engine.connect() as connection:
                return await work(connection)
        except DRIVER_ERRORS as error:
            raise store_error(error, doing) from None

    async def _write(self, doing: str, work: Work[T]) -> T:
        give_up_at = time.monotonic() + WRITE_PATIENCE_SECS
        async with self._turn_to_write:
            while True:
                try:
                    async with self._writing_engine.begin() as connection:
                        return await work(connection)
                except DRIVER_ERRORS as error:
                    if not is_contention(error) or time.monotonic() > give_up_at:
                        raise store_error(error, doing) from None
                await asyncio.sleep(RETRY_PAUSE_SECS)

    async def _checkpoint(self) -> None:
        outside_transactions = self._engine.execution_options(sqlite_begin=None)
        try:
            async with self._turn_to_write, outside_transactions.connect() as connection:
                await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        except DRIVER_ERRORS as error:
            raise store_error(error, "empty the log") from None


@cache
def _upsert_of(insert: Callable[[Table], Any], table: Table, names: tuple[str, ...]) -> Any:
    """Without its values: to put it together takes longer than to run it."""
    statement = insert(table)
    key = table.primary_key
    replaced = {name: statement.excluded[name] for name in names if name not in key.columns}
    return statement.on_conflict_do_update(index_elements=key.columns, set_=replaced)


def _report_failure(task: asyncio.Task[Any]) -> None:
    """Whoever asked is gone, so the log is told instead."""
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.error("A transaction failed after its task was cancelled: {}", error)
