"""What the processes that dial share: the pace of calls, and who of them is alive.

All times are the database's own, so that the clocks of several machines need not agree.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.batch_tables import diallers, pace
from bot.store.database import Database
from bot.store.roster import Roster

# Of now and of when a thing that has a pace is free: when the call may begin, and when it is free
# after it.
Pick = Callable[[datetime, datetime], tuple[datetime, datetime]]


class Fleet(Roster):
    """Each method is one transaction that is on disk when the method returns."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, diallers, kind="a dialler")

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
