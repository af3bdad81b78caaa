"""Which processes of a kind are alive, by their heartbeats.

All times are the database's own, so that the clocks of several machines need not agree.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import Table, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database


class Roster:
    """A table of processes: `id`, `started_at`, `seen_at`, and perhaps more of their own."""

    def __init__(self, database: Database, table: Table, *, kind: str) -> None:
        self._database = database
        self._table = table
        self._kind = kind  # for errors, as in "a dialler"

    async def beat(self, process_id: str, **more: Any) -> None:
        """Says that this process is alive, with `more` in columns of its own."""
        own = self._table

        async def beat(connection: AsyncConnection) -> None:
            now = await self._database.now(connection)
            seen = update(own).where(own.c.id == process_id).values(seen_at=now, **more)
            if (await connection.execute(seen)).rowcount == 0:
                row = {"id": process_id, "started_at": now, "seen_at": now, **more}
                await connection.execute(self._database.upsert(own, row), row)

        await self._database.write(f"say that {self._kind} is alive", beat)

    async def alive(self, for_secs: float) -> list[str]:
        """Those that have been heard of within so long."""
        own = self._table

        async def find(connection: AsyncConnection) -> list[str]:
            since = await self._database.now(connection) - timedelta(seconds=for_secs)
            query = select(own.c.id).where(own.c.seen_at >= since).order_by(own.c.id)
            return list((await connection.execute(query)).scalars())

        return await self._database.read(f"look for {self._kind}", find)

    async def leave(self, process_id: str) -> None:
        """Says that this process is gone."""
        statement = delete(self._table).where(self._table.c.id == process_id)
        await self._database.change(f"strike {self._kind} off", statement)

    async def forget(self, silent_secs: float) -> int:
        """Strikes off those that have not been heard of for so long; how many."""

        async def forget(connection: AsyncConnection) -> int:
            before = await self._database.now(connection) - timedelta(seconds=silent_secs)
            statement = delete(self._table).where(self._table.c.seen_at < before)
            return (await connection.execute(statement)).rowcount

        return await self._database.write(f"strike {self._kind} off", forget)
