"""Records of batches to columns and back."""

from dataclasses import fields
from typing import Any, TypeVar

from sqlalchemy import RowMapping

from bot.store.campaign_records import (
    AttemptRecord,
    BatchRecord,
    ContactRecord,
    Suppression,
    TakenBack,
)

R = TypeVar("R", BatchRecord, ContactRecord, AttemptRecord, Suppression, TakenBack)


def columns_of(
    record: BatchRecord | ContactRecord | AttemptRecord | Suppression | TakenBack,
) -> dict[str, Any]:
    """All columns of the record's row."""
    columns = {part.name: getattr(record, part.name) for part in fields(record)}
    if isinstance(record, ContactRecord):
        columns["appointments"] = list(record.appointments)
    return columns


def record_of(kind: type[R], row: RowMapping) -> R:
    """The record of this row, which may hold columns of other tables too."""
    values = {part.name: row[part.name] for part in fields(kind)}
    if kind is ContactRecord:
        values["appointments"] = tuple(values["appointments"])
    return kind(**values)
