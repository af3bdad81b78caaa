"""A file of numbers that are never to be called, read apart from the process that carries calls."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter

from bot.batches.reading.cell_numbers import pluses_were_lost
from bot.batches.reading.columns import column_names, guess_columns
from bot.batches.reading.file_top import sheet_of
from bot.batches.reading.listed_numbers import ListedNumbers, listed_numbers
from bot.batches.reading.tables import BadCell, Row, Sheet
from bot.batches.settings import BatchSettings
from bot.child import ChildRefused
from bot.same_number import is_withheld
from bot.store.batch_records import Suppression

HEADER = ("number", "at", "source", "note", "call_id")  # of a list that was exported
ENTRY = TypeAdapter(Suppression)


def read_numbers(
    content: bytes,
    *,
    filename: str,
    choices: Mapping[str, Any],
    note: str,
    country: str | None,
    now: str,
) -> Iterator[str]:
    """The child's side. Lines of JSON: how many there are, the entries, and the lines of which
    something cannot be read with why.
    """
    sheet = sheet_of(content, filename, choices)
    reader = _Reader(sheet, country=(country or BatchSettings().country).upper())
    entries: list[Suppression] = []
    problems: list[tuple[int, str]] = []
    for row in reader.rows:
        try:
            numbers = reader.numbers(row)
            if numbers.numbers:
                listed = _listed(reader.cells(row), note, datetime.fromisoformat(now))
                entries += [replace(listed, number=number) for number in numbers.numbers]
        except BadCell as fault:
            problems.append((row.line, str(fault)))
            continue
        if numbers.problem:
            problems.append((row.line, numbers.problem))
    counts = {"entries": len(entries), "problems": len(problems), "notes": sheet.notes}
    yield json.dumps(counts)
    yield from (ENTRY.dump_json(entry).decode() for entry in entries)
    yield from map(json.dumps, problems)


def _listed(cells: Mapping[str, str], note: str, now: datetime) -> Suppression:
    """What a row says of its numbers. Raises BadCell."""
    if not cells.keys() >= set(HEADER):
        return Suppression(number="", at=now, source="import", note=note)
    return Suppression(
        number="",
        at=_moment(cells["at"]),
        source=cells["source"],
        note=cells["note"],
        call_id=cells["call_id"] or None,
    )


class _Reader:
    """The rows of a file of numbers. Raises ChildRefused when it has no column of them."""

    def __init__(self, sheet: Sheet, *, country: str) -> None:
        self._country = country
        self._names = column_names(sheet.header)
        self._columns = guess_columns(sheet.header).fields.get("number", ())
        first: tuple[Row, ...] = ()
        if not self._columns and len(self._names) == 1:
            self._columns = (self._names[0],)
            if any(sign.isdigit() for sign in self._names[0]):  # without a name on top
                first = (Row(line=1, cells=(sheet.header[0],)),)
        if not self._columns:
            raise ChildRefused("the file has no column of telephone numbers: call it number")
        self.rows = (*first, *sheet.rows)
        self._plus_lost = {
            name: pluses_were_lost((self.cells(row).get(name, "") for row in self.rows), country)
            for name in self._columns
        }

    def cells(self, row: Row) -> Mapping[str, str]:
        return dict(zip(self._names, row.cells, strict=False))

    def numbers(self, row: Row) -> ListedNumbers:
        """All of the row, and why of the cells that hold what cannot be read."""
        if row.problem:
            return ListedNumbers(numbers=(), problem=row.problem)
        cells = self.cells(row)
        filled = {name: cells.get(name, "") for name in self._columns if cells.get(name, "")}
        if not filled:
            return ListedNumbers(numbers=(), problem="there is no telephone number")
        found: list[str] = []
        problems: list[str] = []
        for name, cell in filled.items():
            one = listed_numbers(cell, country=self._country, plus_lost=self._plus_lost[name])
            real = [number for number in one.numbers if not is_withheld(number)]
            found += real
            if one.problem or len(real) < len(one.numbers):
                why = one.problem or "this stands for a withheld number"
                problems.append(f"{name}: {cell!r}: {why}")
        return ListedNumbers(numbers=tuple(dict.fromkeys(found)), problem="; ".join(problems))


def _moment(text: str) -> datetime:
    """When a person opted out is evidence: a time that may be another one in another zone is not
    taken for it. Raises BadCell.
    """
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise BadCell(f"at: {text!r} has no offset; write it like 2026-11-24T09:00:00+00:00")
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        if isinstance(fault, BadCell):
            raise
        why = f"at: {text!r} is no time; write it like 2026-11-24T09:00:00+00:00"
        raise BadCell(why) from None
