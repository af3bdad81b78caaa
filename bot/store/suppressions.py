"""Numbers that must never be called again."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.campaign_records import Suppression
from bot.store.campaign_rows import columns_of, record_of
from bot.store.campaign_tables import suppressions
from bot.store.database import Database

_NAMES_AT_ONCE = 500  # both databases take many more values in one statement


class Suppressions:
    """The list of those who opted out, of every batch and for ever.

    The first entry of a number stays: when and how somebody opted out is evidence.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, suppression: Suppression) -> bool:
        """On disk when it returns; false when the number was on the list already."""
        statement, row = self._database.insert_if_new(suppressions), columns_of(suppression)
        return await self._database.change("suppress a number", statement, row) == 1

    async def add_all(self, entries: Sequence[Suppression]) -> int:
        """Some at once; how many of them were new."""
        statement = self._database.insert_if_new(suppressions)
        rows = [columns_of(entry) for entry in entries]

        async def add(connection: AsyncConnection) -> int:
            added = 0
            for row in rows:
                added += (await connection.execute(statement, row)).rowcount
            return added

        return await self._database.write("suppress numbers", add)

    async def get(self, number: str) -> Suppression | None:
        return (await self.find([number])).get(number)

    async def find(self, numbers: Collection[str]) -> dict[str, Suppression]:
        """Those of these numbers that are on the list."""
        wanted = list(numbers)

        async def find(connection: AsyncConnection) -> dict[str, Suppression]:
            found: dict[str, Suppression] = {}
            for begin in range(0, len(wanted), _NAMES_AT_ONCE):
                some = wanted[begin : begin + _NAMES_AT_ONCE]
                query = select(suppressions).where(suppressions.c.number.in_(some))
                for row in (await connection.execute(query)).mappings():
                    found[row["number"]] = record_of(Suppression, row)
            return found

        return await self._database.read("look numbers up in the suppressions", find)

    async def remove(self, number: str) -> bool:
        """Takes a number off the list, which only an operator may ask for; true when it was on."""
        statement = delete(suppressions).where(suppressions.c.number == number)
        return await self._database.change("remove a suppression", statement) == 1

    async def list(
        self, *, limit: int | None = None, after: Suppression | None = None
    ) -> list[Suppression]:
        """The list by number; for the next page pass the last one as `after`."""
        query = select(suppressions).order_by(suppressions.c.number).limit(limit)
        if after is not None:
            query = query.where(suppressions.c.number > after.number)

        async def find(connection: AsyncConnection) -> list[Suppression]:
            rows = (await connection.execute(query)).mappings()
            return [record_of(Suppression, row) for row in rows]

        return await self._database.read("list the suppressions", find)
