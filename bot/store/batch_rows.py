"""Records of batches to columns and back."""

from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import RowMapping, Select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.batch_records import (
    AttemptRecord,
    BatchRecord,
    ContactRecord,
    Suppression,
    TakenBack,
    Visit,
)

AT_ONCE = 100  # records made in one piece: some milliseconds of the event loop

R = TypeVar("R", BatchRecord, ContactRecord, AttemptRecord, Suppression, TakenBack)


def columns_of(
    record: BatchRecord | ContactRecord | AttemptRecord | Suppression | TakenBack,
) -> dict[str, Any]:
    """All columns of the record's row."""
    columns = {part.name: getattr(record, part.name) for part in fields(record)}
    if isinstance(record, ContactRecord):
        columns["appointments"] = list(record.appointments)
        columns["visits"] = [_visit_as_json(visit) for visit in record.visits]
    return columns


def record_of(kind: type[R], row: RowMapping) -> R:
    """The record of this row, which may hold columns of other tables too."""
    values = {part.name: row[part.name] for part in fields(kind)}
    if kind is ContactRecord:
        values["appointments"] = tuple(values["appointments"])
        values["visits"] = tuple(map(_visit_of_json, values["visits"] or ()))
    return kind(**values)


async def records(connection: AsyncConnection, query: Select[Any], kind: type[R]) -> list[R]:
    """All that a query finds, however many: they are made a few at a time, and others have their
    turn in between.
    """
    found: list[R] = []
    async for some in (await connection.stream(query)).mappings().partitions(AT_ONCE):
        found += [record_of(kind, row) for row in some]
    return found


def _visit_as_json(visit: Visit) -> dict[str, Any]:
    at = visit.deadline.isoformat() if visit.deadline else None
    return {**vars(visit), "deadline": at, "appointments": list(visit.appointments)}


def _visit_of_json(kept: dict[str, Any]) -> Visit:
    at = datetime.fromisoformat(kept["deadline"]) if kept["deadline"] else None
    return Visit(**{**kept, "deadline": at, "appointments": tuple(kept["appointments"])})
