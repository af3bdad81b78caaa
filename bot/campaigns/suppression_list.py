"""The list of numbers that are never called, as its keeper sees it."""

import asyncio
import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.campaigns.reading.cell_numbers import pluses_were_lost
from bot.campaigns.reading.columns import column_names, guess_columns
from bot.campaigns.reading.listed_numbers import ListedNumbers, listed_numbers
from bot.campaigns.reading.sheets import NoTable, Row, Sheet, read_sheet
from bot.campaigns.refusals import Malformed, NotThere, Refused
from bot.campaigns.reports.formulas import guarded
from bot.campaigns.settings import BatchSettings
from bot.carriers import parse_target
from bot.same_number import is_withheld
from bot.store import Store, Suppression, TakenBack

KEEPERS = ("cli", "api", "import")  # sources of entries that a keeper of the list made
HEADER = ("number", "at", "source", "note", "call_id")


@dataclass(frozen=True, kw_only=True)
class Listed:
    """What became of a file of numbers."""

    added: int
    known: int  # they were on the list already, and keep their first entry
    problems: Sequence[tuple[int, str]]  # line, and why its number was not taken


class SuppressionList:
    """Nobody on it is called, by any batch, for ever. What it refuses is a `Refused`."""

    def __init__(self, *, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    async def add(
        self, number: str, *, source: str, note: str = "", country: str | None = None
    ) -> bool:
        """Puts a number on the list; false when it was there. Raises Malformed."""
        written = _number(number, country)
        if is_withheld(written):
            raise Malformed(f"{number} is a number that nobody has: it stands for a withheld one")
        entry = Suppression(number=written, at=self._now(), source=source, note=note)
        return await self._store.suppressions.add(entry)

    async def import_file(
        self, content: bytes, filename: str, *, note: str = "", country: str | None = None
    ) -> Listed:
        """Puts the numbers of a table on the list: of a column of numbers, with or without a name
        on top, or of an export, with all that it says. All numbers of a cell count, and of each
        column of numbers. A row that cannot be read is told of, and keeps none below it off the
        list. Numbers without a country code are of `country`, as in batches of the US unless it is
        given. Raises Malformed when there are no numbers.
        """
        entries, problems = await asyncio.to_thread(self._read, content, filename, note, country)
        added = 0
        for entry in entries:
            added += await self._store.suppressions.add(entry)
        return Listed(added=added, known=len(entries) - added, problems=problems)

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

    async def remove(self, number: str, *, by: str, consent: str = "") -> None:
        """Takes off what its keeper put on by mistake. What a person asked for in a call is taken
        back only with their new consent, in words: when, how and what they said. All of it is kept.

        Raises NotThere, Refused, and Malformed for what is no number.
        """
        entry = await self._entry(_number(number, None))
        evidence = " ".join(consent.split())
        if entry.source not in KEEPERS and not evidence:
            raise Refused(
                f"{number} asked in a call not to be called: that stands for ever, unless they "
                "have consented anew since; then give their consent as evidence: when, how, and "
                "what they said"
            )
        await self._store.suppressions.remove(entry.number, at=self._now(), by=by, consent=evidence)

    async def taken_back(self, number: str | None = None) -> Sequence[TakenBack]:
        """What was taken off, of one number or of all, the newest first. Raises Malformed."""
        theirs = _number(number, None) if number is not None else None
        return await self._store.suppressions.taken_back(theirs)

    async def _entry(self, number: str) -> Suppression:
        entry = await self._store.suppressions.get(number)
        if entry is None:
            raise NotThere(f"{number} is not on the list")
        return entry

    def _read(
        self, content: bytes, filename: str, note: str, country: str | None
    ) -> tuple[Sequence[Suppression], Sequence[tuple[int, str]]]:
        """The entries in a file, and the lines that hold none with the reason."""
        try:
            sheet = read_sheet(content, filename)
        except NoTable as fault:
            raise Malformed(str(fault)) from fault
        reader = _Reader(sheet, country=(country or BatchSettings().country).upper())
        entries: list[Suppression] = []
        problems: list[tuple[int, str]] = []
        for row in reader.rows:
            try:
                numbers = reader.numbers(row)
                listed = self._listed(reader.cells(row), note) if numbers.numbers else None
            except Malformed as fault:
                problems.append((row.line, str(fault)))
                continue
            if listed is not None:
                entries += [replace(listed, number=number) for number in numbers.numbers]
            if numbers.problem:
                problems.append((row.line, numbers.problem))
        return entries, problems

    def _listed(self, cells: Mapping[str, str], note: str) -> Suppression:
        """What a row says of its numbers. Raises Malformed."""
        if not cells.keys() >= set(HEADER):
            return Suppression(number="", at=self._now(), source="import", note=note)
        return Suppression(
            number="",
            at=_moment(cells["at"]),
            source=cells["source"],
            note=cells["note"],
            call_id=cells["call_id"] or None,
        )


class _Reader:
    """The rows of a file of numbers. Raises Malformed when it has no column of them."""

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
            raise Malformed("the file has no column of telephone numbers: call it number")
        self.rows = (*first, *sheet.rows)
        self._plus_lost = {
            name: pluses_were_lost((self.cells(row).get(name, "") for row in self.rows), country)
            for name in self._columns
        }

    def cells(self, row: Row) -> Mapping[str, str]:
        return dict(zip(self._names, row.cells, strict=False))

    def numbers(self, row: Row) -> ListedNumbers:
        """All of the row, and of the first cell that holds what cannot be read why."""
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
