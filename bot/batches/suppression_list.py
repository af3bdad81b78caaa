"""The list of numbers that are never called, as its keeper sees it."""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice

from bot.batches.errors import Malformed, NotThere, RequestRefused
from bot.batches.reading.file_top import read_apart
from bot.batches.reading.number_lists import ENTRY, HEADER, read_numbers
from bot.batches.reading.tables import Choices, NoTable
from bot.batches.reports.formulas import guarded
from bot.carriers import parse_target
from bot.child import Apart, in_this_process
from bot.same_number import is_withheld
from bot.slices import slices
from bot.store import Store, Suppression, TakenBack

KEEPERS = ("cli", "api", "import")  # sources of entries that a keeper of the list made
AT_ONCE = 100  # entries read or stored in one go: some milliseconds of the event loop
LISTED = 500  # rows without a number that are told of one by one
_READ_NUMBERS = f"{read_numbers.__module__}:read_numbers"


@dataclass(frozen=True, kw_only=True)
class Listed:
    """What became of a file of numbers."""

    added: int
    known: int  # they were on the list already, and keep their first entry
    unread: int  # rows of which something could not be read
    problems: Sequence[tuple[int, str]]  # line, and what, of the first of them
    notes: Sequence[str] = ()  # sentences: what of the file was not read, and why


class SuppressionList:
    """No number on it is called, by any batch, for ever. What it refuses is a `Refused`."""

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
        if is_withheld(written):
            raise Malformed(f"{number} is a number that nobody has: it stands for a withheld one")
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
        on top, or of an export, with all that it says. All numbers of a cell count, and of each
        column of numbers. A row that cannot be read is told of, and keeps none below it off the
        list. Numbers without a country code are of `country`, as in batches of the US unless it is
        given. Raises Malformed when there are no numbers.
        """
        # Here a row that is hidden protects a person: it counts like the others.
        choices = Choices(worksheet=sheet, header_line=header_line, hidden_rows=True)
        asked = {
            "filename": filename,
            "choices": asdict(choices),
            "note": note,
            "country": country,
            "now": self._now().isoformat(),
        }
        try:
            output = await read_apart(self._apart, _READ_NUMBERS, content, asked)
        except NoTable as fault:
            raise Malformed(str(fault)) from fault
        with output:
            return await self._add_all(iter(output))

    async def _add_all(self, lines: Iterator[str]) -> Listed:
        """The lines of `read_numbers`."""
        head = json.loads(next(lines))
        entries = map(ENTRY.validate_json, islice(lines, head["entries"]))
        added = 0
        async for some in slices(entries, most=AT_ONCE):
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

    async def export(self) -> AsyncIterator[str]:
        """All of it as CSV, piece by piece; the first are read when this returns."""
        return self._exported(await self._store.suppressions.list(limit=AT_ONCE))

    async def _exported(self, some: Sequence[Suppression]) -> AsyncIterator[str]:
        yield _as_csv([HEADER])
        while some:
            yield _as_csv(
                (one.number, one.at.isoformat(), one.source, one.note, one.call_id or "")
                for one in some
            )
            some = await self._store.suppressions.list(limit=AT_ONCE, after=some[-1])

    async def remove(self, number: str, *, by: str, consent: str = "") -> None:
        """Takes off what its keeper put on by mistake. What a person asked for in a call is taken
        back only with their new consent, in words: when, how and what they said. All of it is kept.

        Raises NotThere, RequestRefused, and Malformed for what is no number.
        """
        entry = await self._entry(_number(number, None))
        evidence = " ".join(consent.split())
        if entry.source not in KEEPERS and not evidence:
            raise RequestRefused(
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


def _as_csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(map(guarded, row) for row in rows)
    return text.getvalue()


def _number(text: str, country: str | None) -> str:
    try:
        return parse_target(text, default_region=country)
    except ValueError as fault:
        raise Malformed(str(fault)) from fault
