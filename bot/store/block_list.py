"""Callers who are not let in, and how often one has called of late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.same_number import canonical, spellings
from bot.store.database import Database
from bot.store.desk_records import BlockedRecord
from bot.store.desk_tables import blocked
from bot.store.tables import calls


@dataclass(frozen=True, kw_only=True)
class CallerFacts:
    """What is known of a number that rings."""

    blocked_for: frozenset[str] = frozenset()  # agents whose lines it is kept from; "": all
    calls: int = 0  # that came from it, and were not turned away


class BlockList:
    """The list that `trunkline block` and the API keep. Each method is one short transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, entry: BlockedRecord) -> bool:
        """Keeps a number, or all with one beginning, from a line; false: it was listed already."""
        statement = self._database.insert_if_new(blocked)
        return await self._database.change("block callers", statement, vars(entry)) == 1

    async def remove(self, pattern: str, agent: str) -> bool:
        """Takes an entry off; false when there is none such."""
        this = and_(blocked.c.pattern == pattern, blocked.c.agent == agent)
        statement = delete(blocked).where(this)
        return await self._database.change("let callers in again", statement) == 1

    async def find(
        self, *, limit: int, after: tuple[str, str] | None = None
    ) -> Sequence[BlockedRecord]:
        """The list by pattern, then agent; for the next page give both of the last entry."""
        query = select(blocked).order_by(blocked.c.pattern, blocked.c.agent).limit(limit)
        if after is not None:
            pattern, agent = after
            same = and_(blocked.c.pattern == pattern, blocked.c.agent > agent)
            query = query.where(or_(blocked.c.pattern > pattern, same))

        async def find(connection: AsyncConnection) -> list[BlockedRecord]:
            rows = (await connection.execute(query)).mappings()
            return [BlockedRecord(**row) for row in rows]

        return await self._database.read("list blocked callers", find)

    async def look_up(self, number: str, *, since: datetime) -> CallerFacts:
        """What is known of this number; its calls are counted from that moment on."""
        listed = select(blocked.c.agent).where(blocked.c.pattern.in_(patterns_of(number)))
        counted = (
            select(func.count())
            .select_from(calls)
            .where(
                calls.c.from_number.in_(spellings(number)),
                calls.c.direction == "inbound",
                calls.c.started_at > since,
                or_(calls.c.outcome_result.is_(None), calls.c.outcome_result != "turned_away"),
            )
        )

        async def look(connection: AsyncConnection) -> CallerFacts:
            agents = (await connection.execute(listed)).scalars()
            return CallerFacts(
                blocked_for=frozenset(agents),
                calls=(await connection.execute(counted)).scalar_one(),
            )

        return await self._database.read("look a caller up in the block list", look)


def patterns_of(number: str) -> tuple[str, ...]:
    """All patterns that this number matches: itself, and each of its beginnings with a star."""
    found = {canonical(number)}
    for text in spellings(number):
        if text.startswith("+"):
            found |= {f"{text[:length]}*" for length in range(2, len(text) + 1)}
    return tuple(sorted(found))
