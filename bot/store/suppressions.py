"""Numbers that must never be called again."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.same_number import canonical, spellings
from bot.store.batch_records import Suppression, TakenBack
from bot.store.batch_rows import columns_of, record_of, records
from bot.store.batch_tables import suppressions, taken_back
from bot.store.database import Database

BY_TEXT = "text"  # the source of an entry that a STOP by text made
_NAMES_AT_ONCE = 500  # both databases take many more values in one statement


class Suppressions:
    """The list of those who opted out, of every batch and for ever.

    The first entry of a number stays: when and how somebody opted out is evidence. One that a STOP
    by text made, which a START takes back, gives way to one from elsewhere, which only an operator
    can; the text itself is kept. A number is found however it is written (`bot.same_number`).
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, suppression: Suppression) -> bool:
        """On disk when it returns; false when the number was on the list already."""
        return await self.add_all([suppression]) == 1

    async def add_all(self, entries: Sequence[Suppression]) -> int:
        """Some at once, of those of one number the first; how many of them were new."""
        statement = self._database.insert_if_new(suppressions)
        by_number: dict[str, Suppression] = {}
        for entry in entries:
            by_number.setdefault(canonical(entry.number), entry)
        written = [text for number in by_number for text in spellings(number)]
        there = select(suppressions.c.number, suppressions.c.source)
        there = there.where(suppressions.c.number.in_(written))

        async def add(connection: AsyncConnection) -> int:
            for number in sorted(by_number):  # in this order nobody waits for each other
                await self._database.lock(connection, f"suppress {number}")
            found = (await connection.execute(there)).all()
            known = {canonical(number): source for number, source in found}
            added = 0
            for number, entry in by_number.items():
                if number not in known:
                    added += (await connection.execute(statement, columns_of(entry))).rowcount
                elif known[number] == BY_TEXT != entry.source:
                    await connection.execute(
                        update(suppressions)
                        .where(_is(number))
                        .values(source=entry.source, call_id=entry.call_id, note=entry.note)
                    )
            return added

        return await self._database.write("suppress numbers", add)

    async def get(self, number: str) -> Suppression | None:
        return (await self.find([number])).get(number)

    async def find(self, numbers: Collection[str]) -> dict[str, Suppression]:
        """Those of these numbers that are on the list, as they are asked for."""
        wanted = [text for number in numbers for text in spellings(number)]

        async def find(connection: AsyncConnection) -> dict[str, Suppression]:
            found: dict[str, Suppression] = {}
            for begin in range(0, len(wanted), _NAMES_AT_ONCE):
                some = wanted[begin : begin + _NAMES_AT_ONCE]
                query = select(suppressions).where(suppressions.c.number.in_(some))
                for row in (await connection.execute(query)).mappings():
                    found[canonical(row["number"])] = record_of(Suppression, row)
            return {
                number: found[canonical(number)] for number in numbers if canonical(number) in found
            }

        return await self._database.read("look numbers up in the suppressions", find)

    async def remove(self, number: str, *, at: datetime, by: str, consent: str = "") -> bool:
        """Takes a number off the list, which only an operator may ask for, and keeps what stood
        there with who did so and by what consent; false when it was not on the list.
        """

        async def remove(connection: AsyncConnection) -> bool:
            await self._database.lock(connection, f"suppress {canonical(number)}")
            found = await connection.execute(select(suppressions).where(_is(number)))
            entries = [record_of(Suppression, row) for row in found.mappings()]
            for entry in entries:
                kept = TakenBack(
                    id=uuid.uuid4().hex,
                    number=entry.number,
                    suppressed_at=entry.at,
                    source=entry.source,
                    call_id=entry.call_id,
                    note=entry.note,
                    at=at,
                    by=by,
                    consent=consent,
                )
                await connection.execute(insert(taken_back).values(columns_of(kept)))
            await connection.execute(delete(suppressions).where(_is(number)))
            return bool(entries)

        return await self._database.write("remove a suppression", remove)

    async def taken_back(self, number: str | None = None) -> list[TakenBack]:
        """What was taken off the list, of one number or of all, the newest first."""
        query = select(taken_back).order_by(taken_back.c.at.desc(), taken_back.c.id)
        if number is not None:
            query = query.where(taken_back.c.number.in_(spellings(number)))

        async def find(connection: AsyncConnection) -> list[TakenBack]:
            rows = (await connection.execute(query)).mappings()
            return [record_of(TakenBack, row) for row in rows]

        return await self._database.read("read what was taken off the suppressions", find)

    async def list(
        self, *, limit: int | None = None, after: Suppression | None = None
    ) -> list[Suppression]:
        """The list by number; for the next page pass the last one as `after`."""
        query = select(suppressions).order_by(suppressions.c.number).limit(limit)
        if after is not None:
            query = query.where(suppressions.c.number > after.number)

        async def find(connection: AsyncConnection) -> list[Suppression]:
            return await records(connection, query, Suppression)

        return await self._database.read("list the suppressions", find)


def _is(number: str) -> ColumnElement[bool]:
    return suppressions.c.number.in_(spellings(number))
