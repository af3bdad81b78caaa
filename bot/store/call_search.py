"""Finding calls by what people know of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.same_number import spellings
from bot.store.database import Database
from bot.store.loading import PLACE, load_calls, older_than
from bot.store.records import CallRecord, Direction
from bot.store.tables import calls, turns

FEWEST_DIGITS = 3  # of a part of a number


@dataclass(frozen=True, kw_only=True)
class CallFilter:
    """What calls have in common; an empty field says nothing."""

    number: str = ""  # either side's, or a part of it
    agent: str = ""
    direction: Direction | None = None
    result: str = ""  # of the outcome
    text: str = ""  # said by either side, or in the summary
    since: datetime | None = None  # of the start, included
    until: datetime | None = None  # not included


class CallSearch:
    """Each method is one short transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(
        self, wanted: CallFilter, *, limit: int = 50, before: str | None = None
    ) -> list[CallRecord]:
        """Calls that match all that is given, newest first, without turns and tool calls. For the
        next page give the last one's id as `before`: an id that is not stored gives no calls.
        """
        query = _query(wanted).limit(limit)

        async def find(connection: AsyncConnection) -> list[CallRecord]:
            if before is None:
                return await load_calls(connection, query, whole=False)
            older = await older_than(connection, query, before)
            return [] if older is None else await load_calls(connection, older, whole=False)

        return await self._database.read("search calls", find)


def _query(wanted: CallFilter) -> Select[Any]:
    query = select(calls).order_by(*(column.desc() for column in PLACE))
    if wanted.number:
        query = query.where(_with_number(wanted.number))
    if wanted.agent:
        query = query.where(calls.c.agent == wanted.agent)
    if wanted.direction is not None:
        query = query.where(calls.c.direction == wanted.direction)
    if wanted.result:
        query = query.where(calls.c.outcome_result == wanted.result)
    if wanted.since is not None:
        query = query.where(calls.c.started_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(calls.c.started_at < wanted.until)
    if wanted.text:
        said = exists().where(
            turns.c.call_id == calls.c.id, turns.c.text.icontains(wanted.text, autoescape=True)
        )
        summed_up = calls.c.outcome_summary.icontains(wanted.text, autoescape=True)
        query = query.where(or_(summed_up, said))
    return query


def _with_number(number: str) -> ColumnElement[bool]:
    """Of a whole number, however it is written, or of one that holds these digits, which people
    write with a 0 or two before them.
    """
    digits = "".join(filter(str.isdecimal, number))
    written = spellings(number)
    parts = {part for part in (digits, digits.lstrip("0")) if len(part) >= FEWEST_DIGITS}
    return or_(
        *(column.in_(written) for column in _NUMBERS),
        *(column.contains(part, autoescape=True) for column in _NUMBERS for part in parts),
    )


_NUMBERS = (calls.c.from_number, calls.c.to_number)
