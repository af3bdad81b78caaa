"""The list of numbers that are never called, as its keeper sees it."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from pydantic import TypeAdapter

from bot.campaigns.reading.columns import column_names, guess_columns
from bot.campaigns.reading.sheets import Choices, NoTable, Sheet
from bot.campaigns.reading.tops import read_apart, sheet_of
from bot.campaigns.refusals import Malformed, NotThere, Refused
from bot.campaigns.reports.formulas import guarded
from bot.carriers import parse_target
from bot.child import Apart, ChildRefused, in_this_process
from bot.slices import slices
from bot.store import Store, Suppression

KEEPERS = ("cli", "api", "import")  # sources of entries that a keeper of the list made
ADDED_AT_ONCE = 100  # entries in one transaction: some milliseconds of the event loop
LISTED = 500  # rows without a number that are told of one by one
HEADER = ("number", "at", "source", "note", "call_id")


@dataclass(frozen=True, kw_only=True)
class Listed:
    """What became of a file of numbers."""

    added: int
    known: int  # they were on the list already, and keep their first entry
    unread: int  # rows that hold no number that could be taken
    problems: Sequence[tuple[int, str]]  # line, and why not, of the first of them
    notes: Sequence[str] = ()  # sentences: what of the file was not read, and why


class SuppressionList:
    """Nobody on it is called, by any batch, for ever. What it refuses is a `Refused`."""

    def __init__(
        self, *, store: Store, now: Callable[[], datetime], apart: Apart = in_this_process
    ) -> None:
        self._store = store
        self._now = now
        self._apart = apart

    async def add(
        self, number: str, *, source: str, note: str = "", country: str | None = None
    ) -> bool:
        """Puts a number on the list; false when it was there. Raises Malformed."""
        written = _number(number, country)
        entry = Suppression(number=written, at=self._now(), source=source, note=note)
        return await self._store.suppressions.add(entry)

    async def import_file(
        self,
        content: bytes,
        filename: str,
        *,
        note: str = "",
        country: str | None = None,
        sheet: str = "",
        header_line: int | None = None,
    ) -> Listed:
        """Puts the numbers of a table on the list: of a column of numbers, with or without a name
        on top, or of an export, with all that it says. A row that cannot be read is told of, and
        keeps none below it off the list. Raises Malformed when there are no numbers.
        """
        # Here a row that is hidden protects somebody: it counts like the others.
        choices = Choices(worksheet=sheet, header_line=header_line, hidden_rows=True)
        asked = {
            "filename": filename,
            "choices": asdict(choices),
            "note": note,
            "country": country,
            "now": self._now().isoformat(),
        }
        try:
            output = await read_apart(self._apart, f"{__name__}:read_numbers", content, asked)
        except NoTable as fault:
            raise Malformed(str(fault)) from fault
        with output:
            return await self._add_all(iter(output))

    async def _add_all(self, lines: Iterator[str]) -> Listed:
        """The lines of `read_numbers`."""
        head = json.loads(next(lines))
        entries = map(_ENTRY.validate_json, islice(lines, head["entries"]))
        added = 0
        async for some in slices(entries, most=ADDED_AT_ONCE):
            added += await self._store.suppressions.add_all(some)
        problems = [(line, why) for line, why in map(json.loads, islice(lines, LISTED))]
        return Listed(
            added=added,
            known=head["entries"] - added,
            unread=head["problems"],
            problems=problems,
            notes=head["notes"],
        )

    async def list(
        self, *, limit: int | None = None, after: str | None = None
    ) -> Sequence[Suppression]:
        """By number; `after` is the last number of the last page. Raises NotThere."""
        last = await self._entry(after) if after else None
        return await self._store.suppressions.list(limit=limit, after=last)

    async def export(self) -> str:
        """All of it as CSV."""
        text = io.StringIO()
        table = csv.writer(text)
        table.writerow(HEADER)
        for one in await self._store.suppressions.list():
            row = (one.number, one.at.isoformat(), one.source, one.note, one.call_id or "")
            table.writerow(map(guarded, row))
        return text.getvalue()

    async def remove(self, number: str) -> None:
        """Takes off what its keeper put on by mistake; what a person asked for in a call stays.

        Raises NotThere, Refused, and Malformed for what is no number.
        """
        entry = await self._entry(_number(number, None))
        if entry.source not in KEEPERS:
            raise Refused(f"{number} asked in a call not to be called: that stands for ever")
        await self._store.suppressions.remove(entry.number)

    async def _entry(self, number: str) -> Suppression:
        entry = await self._store.suppressions.get(number)
        if entry is None:
            raise NotThere(f"{number} is not on the list")
        return entry


# -- read apart, in a child where calls are carried ---------------------------------------------

_ENTRY = TypeAdapter(Suppression)


def read_numbers(
    content: bytes,
    *,
    filename: str,
    choices: Mapping[str, Any],
    note: str,
    country: str | None,
    now: str,
) -> Iterator[str]:
    """Lines of JSON: how many there are, the entries, and the lines that hold none with why."""
    entries, problems = [], []
    at = datetime.fromisoformat(now)
    sheet = sheet_of(content, filename, choices)
    try:
        for line, cells in _rows(sheet):
            try:
                entries.append(_entry_of(cells, note, country, at))
            except Malformed as fault:
                problems.append((line, str(fault)))
    except Malformed as fault:
        raise ChildRefused(str(fault)) from fault
    counts = {"entries": len(entries), "problems": len(problems), "notes": sheet.notes}
    yield json.dumps(counts)
    yield from (_ENTRY.dump_json(entry).decode() for entry in entries)
    yield from map(json.dumps, problems)


def _entry_of(
    cells: Mapping[str, str], note: str, country: str | None, now: datetime
) -> Suppression:
    """Raises Malformed."""
    number = _number(cells["number"], country)
    if not cells.keys() >= set(HEADER):
        return Suppression(number=number, at=now, source="import", note=note)
    return Suppression(
        number=number,
        at=_moment(cells["at"]),
        source=cells["source"],
        note=cells["note"],
        call_id=cells["call_id"] or None,
    )


def _number(text: str, country: str | None) -> str:
    try:
        return parse_target(text, default_region=country)
    except ValueError as fault:
        raise Malformed(str(fault)) from fault


def _moment(text: str) -> datetime:
    """When somebody opted out is evidence: a time that may be another one in another zone is not
    taken for it. Raises Malformed.
    """
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise Malformed(f"at: {text!r} has no offset; write it like 2026-11-24T09:00:00+00:00")
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        why = f"at: {text!r} is no time; write it like 2026-11-24T09:00:00+00:00"
        raise Malformed(why) from None


def _rows(sheet: Sheet) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Line and cells of each row, the number under `number`."""
    columns = column_names(sheet.header)
    [column, *_] = guess_columns(sheet.header).fields.get("number", ("",))
    if not column and len(columns) == 1:
        column = columns[0]
        if any(sign.isdigit() for sign in column):  # a list of numbers without a name on top
            yield 1, {"number": sheet.header[0]}
    if not column:
        raise Malformed("the file has no column of telephone numbers: call it number")
    for row in sheet.rows:
        cells = dict(zip(columns, row.cells, strict=False))
        yield row.line, {**cells, "number": cells.get(column, "")}
