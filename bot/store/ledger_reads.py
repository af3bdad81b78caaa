"""What the ledger tells of attempts, and of the calls to a number."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.same_number import canonical, spellings
from bot.store.batch_records import AttemptRecord, BatchRecord, ContactRecord, NumberFacts
from bot.store.batch_rows import AT_ONCE, record_of, records
from bot.store.batch_tables import attempts, batches, contacts, suppressions
from bot.store.database import Database
from bot.store.tables import calls

UNDER_WAY = attempts.c.state.in_(("placing", "placed"))
# It became a call, or may have: what counts for caps. Of a call that is known to have reached
# nobody the ledger keeps no time of placing.
MAYBE_CALLED = attempts.c.placed_at.is_not(None) | UNDER_WAY

NOT_PLACED = "not_placed"  # the reason of a call that was never made

# A call of a contact who rang back, whose outcome has not reached its batch.
UNHEARD = and_(
    calls.c.direction == "inbound",
    calls.c.request["contact"].as_string() != "",
    calls.c.request["heard"].as_string().is_(None),
)


class LedgerReads:
    """The questions to the ledger; `Ledger` adds the moves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, attempt_id: str) -> AttemptRecord | None:
        found = await self._find(select(attempts).where(attempts.c.id == attempt_id))
        return found[0] if found else None

    async def of_contact(self, contact_id: str) -> list[AttemptRecord]:
        """All attempts of a contact, the first one first."""
        query = select(attempts).where(attempts.c.contact_id == contact_id)
        return await self._find(query.order_by(attempts.c.ordinal))

    async def of_contacts(self, contact_ids: Collection[str]) -> list[AttemptRecord]:
        """All attempts of some contacts, a few hundred at most; by contact, the first one first."""
        query = select(attempts).where(attempts.c.contact_id.in_(contact_ids))
        return await self._find(query.order_by(attempts.c.contact_id, attempts.c.ordinal))

    async def of_batch(self, batch_id: str) -> list[AttemptRecord]:
        """All attempts of a batch, by contact, the first one first."""
        query = select(attempts).where(attempts.c.batch_id == batch_id)
        return await self._find(query.order_by(attempts.c.contact_id, attempts.c.ordinal))

    async def last_ended(
        self, batch_id: str, *, limit: int, since: datetime | None = None
    ) -> list[AttemptRecord]:
        """The attempts of a batch that ended last with a disposition, at `since` or later, the
        newest first.
        """
        query = (
            select(attempts)
            .where(attempts.c.batch_id == batch_id, attempts.c.state == "ended")
            .where(attempts.c.disposition != "")
            .order_by(attempts.c.ended_at.desc(), attempts.c.id)
            .limit(limit)
        )
        if since is not None:
            query = query.where(attempts.c.ended_at >= since)
        return await self._find(query)

    async def open(self, batch_id: str | None = None) -> list[AttemptRecord]:
        """The attempts that have not ended, of one batch or of all, the oldest first."""
        query = select(attempts).where(attempts.c.state.in_(("planned", "placing", "placed")))
        if batch_id is not None:
            query = query.where(attempts.c.batch_id == batch_id)
        return await self._find(query.order_by(attempts.c.planned_at, attempts.c.id))

    async def case_of(self, attempt: AttemptRecord) -> tuple[BatchRecord, ContactRecord] | None:
        """The batch and the contact of an attempt, as they are now."""
        batch = select(batches).where(batches.c.id == attempt.batch_id)
        contact = select(contacts).where(contacts.c.id == attempt.contact_id)

        async def get(connection: AsyncConnection) -> tuple[BatchRecord, ContactRecord] | None:
            batch_row = (await connection.execute(batch)).mappings().first()
            contact_row = (await connection.execute(contact)).mappings().first()
            if batch_row is None or contact_row is None:
                return None
            return record_of(BatchRecord, batch_row), record_of(ContactRecord, contact_row)

        return await self._database.read("read what an attempt is about", get)

    async def number_facts(self, number: str, *, since: datetime, besides: str = "") -> NumberFacts:
        """What is known of a number; its calls are those from `since` on. `besides` is the id of
        an attempt that does not count.
        """
        written = spellings(number)
        suppressed = select(func.min(suppressions.c.at)).where(suppressions.c.number.in_(written))
        called = _placed(since).where(attempts.c.number.in_(written), attempts.c.id != besides)
        singly = _singly(since).where(calls.c.to_number.in_(written))

        async def gather(connection: AsyncConnection) -> NumberFacts:
            times = [row.at for row in await connection.execute(union_all(called, singly))]
            return NumberFacts(
                suppressed_at=(await connection.execute(suppressed)).scalar_one_or_none(),
                calls_at=sorted(times),
                in_flight=await is_called(connection, number, besides=besides, since=None),
            )

        return await self._database.read("read what is known of a number", gather)

    async def calls_since(self, since: datetime) -> dict[str, list[datetime]]:
        """When calls were placed, or may have been, by number in its canonical form; the oldest
        first.
        """
        query = union_all(_placed(since), _singly(since))

        async def find(connection: AsyncConnection) -> dict[str, list[datetime]]:
            found: defaultdict[str, list[datetime]] = defaultdict(list)
            async for some in (await connection.stream(query)).partitions(AT_ONCE):
                for number, at in some:
                    found[canonical(number)].append(at)
            return {number: sorted(times) for number, times in found.items()}

        return await self._database.read("read the calls of late", find)

    async def calls_placed(self, batch_id: str) -> int:
        """How many calls the batch has placed, or may have placed."""

        async def count(connection: AsyncConnection) -> int:
            return await count_attempts(connection, batch_id, MAYBE_CALLED)

        return await self._database.read("count the calls of a batch", count)

    async def under_way(self, batch_id: str) -> int:
        """How many calls of the batch are active, or may be."""

        async def count(connection: AsyncConnection) -> int:
            return await count_attempts(connection, batch_id, UNDER_WAY)

        return await self._database.read("count the calls under way", count)

    async def spent(self, batch_id: str) -> Decimal:
        """The known cost of a batch's calls."""
        query = (
            select(calls.c.cost_total)
            .join(attempts, attempts.c.call_id == calls.c.id)
            .where(attempts.c.batch_id == batch_id, calls.c.cost_total.is_not(None))
        )

        async def add_up(connection: AsyncConnection) -> Decimal:
            spent = Decimal(0)
            async for some in (await connection.stream_scalars(query)).partitions(AT_ONCE):
                spent += sum(some, Decimal(0))
            return spent

        return await self._database.read("add up the cost of a batch", add_up)

    async def _find(self, query: Select[Any]) -> list[AttemptRecord]:
        async def find(connection: AsyncConnection) -> list[AttemptRecord]:
            return await records(connection, query, AttemptRecord)

        return await self._database.read("read attempts", find)


def _placed(since: datetime) -> Select[Any]:
    """Number and time of the calls of batches."""
    return select(attempts.c.number, attempts.c.placing_at.label("at")).where(
        attempts.c.placing_at >= since, MAYBE_CALLED
    )


def _singly(since: datetime) -> Select[Any]:
    """Number and time of calls that no batch made, and that were made, or may have been."""
    of_batches = select(attempts.c.id).where(attempts.c.id == calls.c.key)
    never_made = calls.c.outcome_reason.is_not_distinct_from(NOT_PLACED)
    return select(calls.c.to_number, calls.c.started_at).where(
        calls.c.direction == "outbound",
        calls.c.started_at >= since,
        ~never_made,
        ~of_batches.exists(),
    )


async def count_attempts(
    connection: AsyncConnection, batch_id: str, which: ColumnElement[bool]
) -> int:
    query = select(func.count()).where(attempts.c.batch_id == batch_id, which)
    number: int = (await connection.execute(query)).scalar_one()
    return number


async def is_called(
    connection: AsyncConnection, number: str, *, besides: str, since: datetime | None
) -> bool:
    """Whether somebody else's call with this number is under way, or began at `since` or later;
    one of theirs is, until its batch has heard of it. `besides` is the id of an attempt that does
    not count.
    """
    begun = UNDER_WAY if since is None else UNDER_WAY | (attempts.c.placing_at >= since)
    written = spellings(number)
    dialled = select(attempts.c.id).where(attempts.c.number.in_(written), begun)
    others = dialled.where(attempts.c.id != besides).limit(1)
    if (await connection.execute(others)).first() is not None:
        return True
    with_number = or_(calls.c.to_number.in_(written), calls.c.from_number.in_(written))
    live = select(calls.c.id).where(or_(calls.c.ended_at.is_(None), UNHEARD), with_number)
    not_ours = or_(calls.c.key.is_(None), calls.c.key != besides)
    return (await connection.execute(live.where(not_ours).limit(1))).first() is not None
