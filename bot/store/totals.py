"""How many batches there are, and people in those that are not over, by where they stand."""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.batch_tables import batches, contacts
from bot.store.database import Database

ACTIVE = ("running", "held", "paused")


class Totals:
    """Counted anew each time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """Batches by state, and the contacts of active ones by state."""
        of_batches = select(batches.c.state, func.count()).group_by(batches.c.state)
        of_contacts = (
            select(contacts.c.state, func.count())
            .join(batches, contacts.c.batch_id == batches.c.id)
            .where(batches.c.state.in_(ACTIVE))
            .group_by(contacts.c.state)
        )

        async def count(connection: AsyncConnection) -> tuple[dict[str, int], dict[str, int]]:
            found = [await connection.execute(asked) for asked in (of_batches, of_contacts)]
            first, second = ({str(state): int(n) for state, n in rows} for rows in found)
            return first, second

        return await self._database.read("count batches", count)
