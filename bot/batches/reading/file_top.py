"""What a file shows before its rows are read, found apart from the process that carries calls.

The child that looks for it loads little: it is there in a moment.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.batches.reading.list_names import notes_on_no_call_lists, why_no_batch
from bot.batches.reading.sheets import Choices, NoTable, Sheet, read_sheet
from bot.child import Apart, ChildFailed, ChildRefused, Output


@dataclass(frozen=True, kw_only=True)
class FileTop:
    """The names of its columns."""

    header: tuple[str, ...]
    notes: tuple[str, ...]  # sentences for its sender: what was not read, and why


def read_top(content: bytes, *, filename: str, choices: Mapping[str, Any]) -> Iterator[str]:
    """The child's side: one line of JSON."""
    sheet = people_sheet_of(content, filename, choices)
    yield json.dumps({"header": sheet.header, "notes": sheet.notes})


def top_of(output: Output) -> FileTop:
    """The other side."""
    said = json.loads(next(iter(output)))
    return FileTop(header=tuple(said["header"]), notes=tuple(said["notes"]))


def people_sheet_of(content: bytes, filename: str, choices: Mapping[str, Any]) -> Sheet:
    """The table of those to be called, in a child. Raises ChildRefused."""
    sheet = sheet_of(content, filename, choices)
    if why := why_no_batch(sheet):
        raise ChildRefused(why)
    return replace(sheet, notes=(*sheet.notes, *notes_on_no_call_lists(sheet)))


def sheet_of(content: bytes, filename: str, choices: Mapping[str, Any]) -> Sheet:
    """In a child. Raises ChildRefused."""
    given = {**choices, "named": tuple(choices["named"])}
    try:
        return read_sheet(content, filename, choices=Choices(**given))
    except NoTable as fault:
        raise ChildRefused(str(fault)) from fault


async def read_apart(
    apart: Apart, function: str, content: bytes, asked: Mapping[str, Any]
) -> Output:
    """What a child finds in a file of ours. Raises NoTable, whatever the reason."""
    try:
        return await apart(function, content, asked)
    except ChildRefused as fault:
        raise NoTable(str(fault)) from fault
    except ChildFailed as fault:
        raise NoTable(
            f"The file could not be read: {fault}; save the table as .csv, or split it."
        ) from fault
