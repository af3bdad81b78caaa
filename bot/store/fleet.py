"""What the processes that dial share: the pace of calls, and who of them is alive.

All times are the database's own, so that the clocks of several machines need not agree.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.batch_tables import pace, workers
from bot.store.database import Database

# Of now and of when a thing that has a pace is free: when the call may begin, and when it is free
# after it.
Pick = Callable[[datetime, datetime], tuple[datetime, datetime]]


class Fleet:
    """Each method is one transaction that is on disk when the method returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reserve(self, name: str, pick: Pick) -> float:
        """Takes the slot that `pick` chooses; in how many seconds it begins.

        Whoever asks for this name at the same time waits.
        """
        query = select(pace.c.next_at).where(pace.c.name == name)

        async def reserve(connection: AsyncConnection) -> float:
            await self._database.lock(connection, f"pace {name}")
            free_at = (await connection.execute(query)).scalar_one_or_none()
            now = await self._database.now(connection)
            begin, next_at = pick(now, free_at or now)
            row = {"name": name, "next_at": next_at}
            await connection.execute(self._database.upsert(pace, row), row)
            return (begin - now).total_seconds()

        return await self._database.write("reserve a slot", reserve)

    async def beat(self, worker_id: str) -> None:
        """Says that this worker is alive."""

        async def beat(connection: AsyncConnection) -> None:
            now = await self._database.now(connection)
            seen = update(workers).where(workers.c.id == worker_id).values(seen_at=now)
            if (await connection.execute(seen)).rowcount == 0:
                row = {"id": worker_id, "started_at": now, "seen_at": now}
                await connection.execute(self._database.upsert(workers, row), row)

        await self._database.write("say that a worker is alive", beat)

    async def alive(self, for_secs: float) -> list[str]:
        """Workers that have been heard of within so long."""

        async def find(connection: AsyncConnection) -> list[str]:
            since = await self._database.now(connection) - timedelta(seconds=for_secs)
            query = select(workers.c.id).where(workers.c.seen_at >= since).order_by(workers.c.id)
            return list((await connection.execute(query)).scalars())

        return await self._database.read("look for workers", find)

    async def leave(self, worker_id: str) -> None:
        """Says that this worker is gone."""
        statement = delete(workers).where(workers.c.id == worker_id)
        await self._database.change("strike a worker off", statement)

    async def forget(self, silent_secs: float) -> int:
        """Strikes off the workers that have not been heard of for so long; how many."""

        async def forget(connection: AsyncConnection) -> int:
            before = await self._database.now(connection) - timedelta(seconds=silent_secs)
            statement = delete(workers).where(workers.c.seen_at < before)
            return (await connection.execute(statement)).rowcount

        return await self._database.write("strike workers off", forget)
