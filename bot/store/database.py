"""Transactions: short, retried while others hold the database, never cut in half."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from loguru import logger
from sqlalchemy import Column, Executable, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.clock import monotonic, utcnow
from bot.store.columns import UtcDateTime
from bot.store.errors import StoreError
from bot.store.faults import DRIVER_ERRORS, is_contention, store_error
from bot.store.listening import listen
from bot.tasks import TaskSet

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]
_Insert = Callable[[Table], sqlite.Insert] | Callable[[Table], postgresql.Insert]

WRITE_PATIENCE_SECS = 15.0  # how long a write is tried again while others are in its way
RETRY_PAUSE_SECS = 0.05
MOST_TOGETHER = 50  # writes in one transaction: a few hundredths of a second


@dataclass(frozen=True, kw_only=True)
class _Wish:
    """A write that waits for its turn on SQLite."""

    doing: str
    work: Work[Any]
    done: "asyncio.Future[Any]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Database:
    """One engine; every method raises `StoreError`, and nothing else, for what goes wrong in it.

    A transaction that was started is finished even when the task that asked for it is
    cancelled. `doing` names it in errors, as in "add a call".
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._sqlite = engine.dialect.name == "sqlite"
        self._insert: _Insert = sqlite.insert if self._sqlite else postgresql.insert
        # The write lock is taken at the start: a reader that turns writer could not wait for it.
        self._writing_engine = engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        # SQLite has one writer anyway: here ours queue in the order they came, and whoever has
        # the turn writes for all that wait. A transaction costs more than what is written in it.
        self._turn_to_write = asyncio.Lock()
        self._wishes: list[_Wish] = []
        self._under_way = TaskSet()
        self._closed = False

    @property
    def sqlite(self) -> bool:
        """It is SQLite, and not PostgreSQL."""
        return self._sqlite

    async def read(self, doing: str, work: Work[T]) -> T:
        """Runs `work`, which only reads, on a connection; returns its result."""
        return await self._finish(doing, self._read(doing, work))

    async def write(self, doing: str, work: Work[T]) -> T:
        """Commits what `work` does; it may run several times, so it has no other effect."""
        return await self._finish(doing, self._write(doing, work))

    async def change(
        self, doing: str, statement: Executable, values: Mapping[str, Any] | None = None
    ) -> int:
        """Commits one statement that writes; how many rows it wrote.

        `values` are the columns it sets beside those it names, and its own parameters: a statement
        that is given them so is put together once, which takes longer than to run it.
        """

        async def execute(connection: AsyncConnection) -> int:
            return (await connection.execute(statement, values)).rowcount

        return await self.write(doing, execute)

    def upsert(self, table: Table, columns: Iterable[str]) -> Executable:
        """An insert of a row with these columns that replaces the one with the same primary key,
        if there is one.
        """
        return _upsert(self._insert, table, tuple(columns))

    def insert_if_new(self, table: Table, *, unique: Column[Any] | None = None) -> Executable:
        """An insert of a row that does nothing when one with the same `unique` column is there, or
        with the same primary key where none is given.
        """
        return _insert_if_new(self._insert, table, unique)

    async def now(self, connection: AsyncConnection) -> datetime:
        """The database's own clock, which all machines share: to the moment, not to the start of
        the transaction.
        """
        if self._sqlite:
            return utcnow()  # it runs in this very process
        asked = await connection.execute(select(func.clock_timestamp(type_=UtcDateTime)))
        moment: datetime = asked.scalar_one()
        return moment

    async def lock(self, connection: AsyncConnection, name: str) -> None:
        """Only one transaction at a time gets past this line with the same name.

        On SQLite, where whoever writes is alone from the start, there is nothing to do.
        """
        if not self._sqlite:
            key = func.hashtextextended(name, 0)
            await connection.execute(select(func.pg_advisory_xact_lock(key)))

    async def listen(self, name: str, hear: Callable[[], None]) -> None:
        """Has PostgreSQL call `hear` at each notification of this name. Returns when the
        connection for it is lost, which shows to others under that name until then.
        """
        try:
            await listen(self._engine, name, hear)
        except DRIVER_ERRORS as error:
            raise store_error(error, "listen") from None

    async def forget_old_pages(self) -> None:
        """Empties SQLite's log, where what was overwritten stands until then.

        Readers in its way are waited for; if they stay, SQLite does it at a later checkpoint.
        """
        if self._sqlite:
            await self._finish("empty the log", self._checkpoint())

    async def close(self) -> None:
        """Waits for what is under way, then lets go of the database."""
        self._closed = True
        await self._under_way.wait()
        await self._engine.dispose()

    async def _finish(self, doing: str, work: Coroutine[Any, Any, T]) -> T:
        if self._closed:
            work.close()
            raise StoreError(f"Could not {doing}: the store is closed")
        task = self._under_way.start(work)
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
        if not self._sqlite:
            return await self._write_alone(doing, work)
        wish = _Wish(doing=doing, work=work)
        self._wishes.append(wish)
        async with self._turn_to_write:
            if not wish.done.done():
                await self._write_waiting()
        result: T = wish.done.result()
        return result

    async def _write_waiting(self) -> None:
        """Writes what waits, in one transaction; where that fails, each in one of its own, so
        that none pays for another.
        """
        wishes, self._wishes = self._wishes[:MOST_TOGETHER], self._wishes[MOST_TOGETHER:]
        if len(wishes) > 1 and await self._write_together(wishes):
            return
        for wish in wishes:
            try:
                wish.done.set_result(await self._write_alone(wish.doing, wish.work))
            except Exception as error:
                wish.done.set_exception(error)

    async def _write_together(self, wishes: Sequence[_Wish]) -> bool:
        """False when one of them fails, and nothing was written."""

        async def write(connection: AsyncConnection) -> list[Any]:
            return [await wish.work(connection) for wish in wishes]

        try:
            results = await self._transact(write)
        except Exception as error:
            if not is_contention(error):
                return False
            for wish in wishes:
                wish.done.set_exception(store_error(error, wish.doing))
        else:
            for wish, result in zip(wishes, results, strict=True):
                wish.done.set_result(result)
        return True

    async def _write_alone(self, doing: str, work: Work[T]) -> T:
        try:
            return await self._transact(work)
        except DRIVER_ERRORS as error:
            raise store_error(error, doing) from None

    async def _transact(self, work: Work[T]) -> T:
        give_up_at = monotonic() + WRITE_PATIENCE_SECS
        while True:
            try:
                async with self._writing_engine.begin() as connection:
                    return await work(connection)
            except DRIVER_ERRORS as error:
                if not is_contention(error) or monotonic() > give_up_at:
                    raise
            await asyncio.sleep(RETRY_PAUSE_SECS)

    async def _checkpoint(self) -> None:
        outside_transactions = self._engine.execution_options(sqlite_begin=None)
        try:
            async with self._turn_to_write, outside_transactions.connect() as connection:
                await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        except DRIVER_ERRORS as error:
            raise store_error(error, "empty the log") from None


@cache
def _upsert(insert: _Insert, table: Table, names: tuple[str, ...]) -> Executable:
    statement = insert(table)
    key = table.primary_key
    replaced = {name: statement.excluded[name] for name in names if name not in key.columns}
    return statement.on_conflict_do_update(index_elements=key.columns, set_=replaced)


@cache
def _insert_if_new(insert: _Insert, table: Table, unique: Column[Any] | None) -> Executable:
    own = table.primary_key.columns if unique is None else [unique]
    return insert(table).on_conflict_do_nothing(index_elements=own)


def _report_failure(task: asyncio.Task[Any]) -> None:
    """Logs the failure: the task that waited for it was cancelled."""
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.error(
            "A transaction failed after its task was cancelled: {}",
            error,
            event="transaction_failed",
        )
