"""Questions about the people in batches."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import String, bindparam, cast, false, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.same_number import spellings
from bot.store.batch_records import REFUSED, ContactRecord, ContactState, Counts, Unheard
from bot.store.batch_rows import AT_ONCE, record_of, records
from bot.store.batch_tables import UNTOLD, attempts, contacts
from bot.store.columns import UtcDateTime
from bot.store.database import Database

# Asked while a phone rings: put together once.
_CALLED_LAST = (
    select(contacts)
    .join(attempts, attempts.c.contact_id == contacts.c.id)
    .where(attempts.c.number.in_(bindparam("written", expanding=True)))
    .where(attempts.c.placed_at.is_not(None))
    .where(attempts.c.placing_at >= bindparam("since", type_=UtcDateTime))
    .order_by(attempts.c.placing_at.desc())
    .limit(1)
)
_LONGEST_LINE = 10  # digits


class ContactReads:
    """The questions about contacts; `BatchStore` adds the changes, and the batches themselves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def last_line(self, batch_id: str) -> int:
        """The highest line number of the batch's contacts; 0: it has none."""
        query = select(func.max(contacts.c.line)).where(contacts.c.batch_id == batch_id)

        async def get(connection: AsyncConnection) -> int:
            return (await connection.execute(query)).scalar_one() or 0

        return await self._database.read("read the last line of a batch", get)

    async def contacts_named(self, ids: Collection[str]) -> dict[str, ContactRecord]:
        """Those of these contacts, a few hundred at most, that are stored, by their ids."""
        query = select(contacts).where(contacts.c.id.in_(list(ids)))

        async def find(connection: AsyncConnection) -> dict[str, ContactRecord]:
            rows = (await connection.execute(query)).mappings()
            return {row["id"]: record_of(ContactRecord, row) for row in rows}

        return await self._database.read("read contacts", find)

    async def contact(self, contact_id: str) -> ContactRecord | None:
        query = select(contacts).where(contacts.c.id == contact_id)

        async def get(connection: AsyncConnection) -> ContactRecord | None:
            row = (await connection.execute(query)).mappings().first()
            return record_of(ContactRecord, row) if row else None

        return await self._database.read("read a contact", get)

    async def find_contacts(
        self,
        batch_id: str,
        *,
        state: ContactState | None = None,
        disposition: str | None = None,
        limit: int | None = None,
        after: ContactRecord | None = None,
    ) -> list[ContactRecord]:
        """Contacts of a batch that match all that is given, in the order of the file.

        For the next page pass the last contact as `after`. Without a limit: all of them.
        """
        query = select(contacts).where(contacts.c.batch_id == batch_id)
        query = query.order_by(contacts.c.line, contacts.c.id).limit(limit)
        if state is not None:
            query = query.where(contacts.c.state == state)
        if disposition is not None:
            query = query.where(contacts.c.disposition == disposition)
        if after is not None:
            same_line = (contacts.c.line == after.line) & (contacts.c.id > after.id)
            query = query.where(or_(contacts.c.line > after.line, same_line))

        async def find(connection: AsyncConnection) -> list[ContactRecord]:
            return await records(connection, query, ContactRecord)

        return await self._database.read("find contacts", find)

    async def contacts_of(self, batch_id: str, who: str) -> list[ContactRecord]:
        """Those of a batch with that number or line."""
        is_line = who.isascii() and who.isdigit() and len(who) < _LONGEST_LINE
        line = contacts.c.line == int(who) if is_line else false()
        named = or_(contacts.c.number.in_(spellings(who)), line)
        query = select(contacts).where(contacts.c.batch_id == batch_id, named)

        async def find(connection: AsyncConnection) -> list[ContactRecord]:
            return await records(connection, query.order_by(contacts.c.line), ContactRecord)

        return await self._database.read("find contacts", find)

    async def dues(self, batch_id: str) -> list[datetime | None]:
        """When each contact of a batch that waits is due, in order; None, which comes first: at
        once.
        """
        waiting = (contacts.c.batch_id == batch_id) & (contacts.c.state == "waiting")
        in_order = (contacts.c.due_at.is_not(None), contacts.c.due_at)
        query = select(contacts.c.due_at).where(waiting).order_by(*in_order)

        async def find(connection: AsyncConnection) -> "list[datetime | None]":
            dues: list[datetime | None] = []
            async for some in (await connection.stream_scalars(query)).partitions(AT_ONCE):
                dues += some
            return dues

        return await self._database.read("read who is due when", find)

    async def untold(self, *, limit: int, after: str | None = None) -> list[ContactRecord]:
        """Contacts whose disposition the business has not been told yet, by id; `after` is the id
        of the last one of the last page.
        """
        query = select(contacts).where(UNTOLD).order_by(contacts.c.id).limit(limit)
        if after is not None:
            query = query.where(contacts.c.id > after)

        async def find(connection: AsyncConnection) -> list[ContactRecord]:
            rows = (await connection.execute(query)).mappings()
            return [record_of(ContactRecord, row) for row in rows]

        return await self._database.read("find what was not written back", find)

    async def unheard(self, batch_id: str) -> Unheard:
        """How many contacts there are in a batch of whom the business has not heard yet."""
        about_some = cast(contacts.c.appointments, String) != "[]"
        refused = contacts.c.written_back == literal(REFUSED).concat(contacts.c.disposition)
        query = select(func.count(), func.count().filter(refused)).where(
            contacts.c.batch_id == batch_id, UNTOLD, about_some
        )

        async def count(connection: AsyncConnection) -> Unheard:
            untold, refused = (await connection.execute(query)).one()
            return Unheard(untold=untold, refused=refused)

        return await self._database.read("count who was not written back", count)

    async def counts(self, batch_id: str) -> Counts:
        """How many contacts are in each state, and have each disposition."""
        ours = contacts.c.batch_id == batch_id
        both = (contacts.c.state, contacts.c.disposition)
        query = select(*both, func.count()).where(ours).group_by(*both)

        async def count(connection: AsyncConnection) -> Counts:
            states: dict[ContactState, int] = {}
            dispositions: dict[str, int] = {}
            outcomes: dict[str, int] = {}
            for state, disposition, number in await connection.execute(query):
                states[state] = states.get(state, 0) + number
                if disposition:
                    dispositions[disposition] = dispositions.get(disposition, 0) + number
                    if state == "done":
                        outcomes[disposition] = number
            return Counts(states=states, dispositions=dispositions, outcomes=outcomes)

        return await self._database.read("count contacts", count)

    async def find_recent_contact(self, number: str, since: datetime) -> ContactRecord | None:
        """The contact with this number that was called last, if that was at `since` or later."""
        asked = {"written": spellings(number), "since": since}

        async def find(connection: AsyncConnection) -> ContactRecord | None:
            row = (await connection.execute(_CALLED_LAST, asked)).mappings().first()
            return record_of(ContactRecord, row) if row else None

        return await self._database.read("find who was called last", find)
