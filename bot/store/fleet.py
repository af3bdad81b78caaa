"""What the processes that dial share: the pace of calls, and who of them is alive.

All times are the database's own, so that the clocks of several machines need not agree.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.batch_tables import diallers, pace
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

        Others who ask for this name at the same time wait.
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

    async def beat(self, dialler_id: str) -> None:
        """Says that this dialler is alive."""

        async def beat(connection: AsyncConnection) -> None:
            now = await self._database.now(connection)
            seen = update(diallers).where(diallers.c.id == dialler_id).values(seen_at=now)
            if (await connection.execute(seen)).rowcount == 0:
                row = {"id": dialler_id, "started_at": now, "seen_at": now}
                await connection.execute(self._database.upsert(diallers, row), row)

        await self._database.write("say that a dialler is alive", beat)

    async def alive(self, for_secs: float) -> list[str]:
        """Diallers that have been heard of within so long."""

        async def find(connection: AsyncConnection) -> list[str]:
            since = await self._database.now(connection) - timedelta(seconds=for_secs)
            query = select(diallers.c.id).where(diallers.c.seen_at >= since).order_by(diallers.c.id)
            return list((await connection.execute(query)).scalars())

        return await self._database.read("look for diallers", find)

    async def leave(self, dialler_id: str) -> None:
        """Says that this dialler is gone."""
        statement = delete(diallers).where(diallers.c.id == dialler_id)
        await self._database.change("strike a dialler off", statement)

    async def forget(self, silent_secs: float) -> int:
        """Strikes off the diallers that have not been heard of for so long; how many."""

        async def forget(connection: AsyncConnection) -> int:
            before = await self._database.now(connection) - timedelta(seconds=silent_secs)
            statement = delete(diallers).where(diallers.c.seen_at < before)
            return (await connection.execute(statement)).rowcount

        return await self._database.write("strike diallers off", forget)
