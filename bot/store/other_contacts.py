"""Who is, or was, called at a number by other batches."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.same_number import canonical, spellings
from bot.store.batch_records import ContactRecord, OtherContact
from bot.store.batch_rows import record_of
from bot.store.batch_tables import batches, contacts
from bot.store.database import Database

_NUMBERS_AT_ONCE = 500  # both databases take many more values in one statement


class OtherContacts:
    """Contacts by number, over all batches: the index of numbers finds them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def with_numbers(
        self, numbers: Collection[str], *, besides: str = ""
    ) -> dict[str, Sequence[OtherContact]]:
        """By canonical number (`bot.same_number`), in the order of their batches; those of the
        batch `besides` are left out.
        """
        wanted = sorted({text for number in numbers for text in spellings(number)})
        query = (
            select(
                contacts,
                batches.c.state.label("batch_state"),
                batches.c.started_at,
                batches.c.name.label("batch_name"),
            )
            .join(batches, batches.c.id == contacts.c.batch_id)
            .where(contacts.c.batch_id != besides)
            .order_by(batches.c.created_at, contacts.c.batch_id, contacts.c.line, contacts.c.id)
        )

        async def find(connection: AsyncConnection) -> dict[str, Sequence[OtherContact]]:
            found: defaultdict[str, list[OtherContact]] = defaultdict(list)
            for begin in range(0, len(wanted), _NUMBERS_AT_ONCE):
                some = wanted[begin : begin + _NUMBERS_AT_ONCE]
                rows = await connection.execute(query.where(contacts.c.number.in_(some)))
                for row in rows.mappings():
                    other = OtherContact(
                        contact=record_of(ContactRecord, row),
                        batch_state=row["batch_state"],
                        started_at=row["started_at"],
                        batch_name=row["batch_name"],
                    )
                    found[canonical(other.contact.number)].append(other)
            return dict(found)

        return await self._database.read("look numbers up in other batches", find)
