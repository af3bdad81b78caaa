"""Calls read from their rows, with what belongs to them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, Select, Table, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.records import CallRecord
from bot.store.rows import call_record
from bot.store.tables import calls, tool_calls, turns

PLACE = (calls.c.started_at, calls.c.id)  # what puts calls in order


async def load_calls(
    connection: AsyncConnection, query: Select[Any], *, whole: bool, **parameters: str
) -> list[CallRecord]:
    """The calls that are found so, in that order; `whole`: with turns and tool calls.
    `parameters` are the query's own.
    """
    rows = (await connection.execute(query, parameters)).mappings().all()
    if not whole or not rows:
        return [call_record(row) for row in rows]
    ids = [row["id"] for row in rows]
    said = await _children(connection, turns, ids)
    called = await _children(connection, tool_calls, ids)
    return [call_record(row, said[row["id"]], called[row["id"]]) for row in rows]


async def older_than(
    connection: AsyncConnection, query: Select[Any], call_id: str
) -> Select[Any] | None:
    """The query, of calls that stand after this one when the newest comes first; None: no call has
    this id.
    """
    cursor = (await connection.execute(select(*PLACE).where(calls.c.id == call_id))).first()
    if cursor is None:
        return None
    mark = (literal(value, column.type) for value, column in zip(cursor, PLACE, strict=True))
    return query.where(tuple_(*PLACE) < tuple_(*mark))


async def _children(
    connection: AsyncConnection, table: Table, call_ids: Sequence[str]
) -> Mapping[str, list[RowMapping]]:
    """The rows of these calls in a table beneath theirs, by call id."""
    by_call: defaultdict[str, list[RowMapping]] = defaultdict(list)
    found = await connection.execute(select(table).where(table.c.call_id.in_(call_ids)))
    for row in found.mappings():
        by_call[row["call_id"]].append(row)
    return by_call
