"""A file of people, read apart from the calls: what a child does, and what it says.

Both sides speak lines of JSON, each one small: a line is read on the event loop.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, Self

from pydantic import TypeAdapter

from bot.batches.reading.called_off import CalledOff, called_off
from bot.batches.reading.cell_times import NoClock
from bot.batches.reading.columns import BadColumns, ColumnMap
from bot.batches.reading.day_columns import require_days
from bot.batches.reading.drafts import BadRow, Note
from bot.batches.reading.file_top import FileTop, people_sheet_of, read_apart, read_top, top_of
from bot.batches.reading.hidden import without_refused
from bot.batches.reading.importing import Imported, import_contacts
from bot.batches.reading.left_out import LeftOut, not_called
from bot.batches.reading.no_calls import NoCalls
from bot.batches.reading.numbering import numbered_on
from bot.batches.reading.tables import Choices
from bot.batches.settings import BatchSettings
from bot.child import Apart, ChildRefused, Output
from bot.store.batch_records import ContactRecord


@dataclass(frozen=True, kw_only=True)
class Person:
    """A contact, and the cells of the row that it begins with."""

    contact: ContactRecord
    cells: tuple[str, ...] = ()  # empty unless they are asked for


@dataclass(frozen=True, kw_only=True)
class _Counts:
    """The first line: how many there are of each of those that follow."""

    imported: Imported  # without all that follows
    kinds: int
    refusals: int  # 0 for a new batch, as is the next: it has no contact yet that could be stopped
    called_off: int
    contacts: int
    merged: int
    bad_rows: int
    left_out: int
    no_calls: int
    notes: int
    not_called: Mapping[str, int]  # rows that lead to no call, by kind
    width: int  # cells of the longest bad row
    mended: int  # rows that were handed back before
    lines_after: int


_COUNTS, _PERSON = TypeAdapter(_Counts), TypeAdapter(Person)
_READ_TOP, _READ_PEOPLE = f"{read_top.__module__}:read_top", f"{__name__}:read_people"
_CONTACT, _BAD_ROW = TypeAdapter(ContactRecord), TypeAdapter(BadRow)
_CALLED_OFF, _LEFT_OUT = TypeAdapter(CalledOff), TypeAdapter(LeftOut)
_NO_CALLS, _NOTE = TypeAdapter(NoCalls), TypeAdapter(Note)


# -- the child's side --------------------------------------------------------------------------


def read_people(
    content: bytes,
    *,
    filename: str,
    choices: Mapping[str, Any],
    batch_id: str,
    settings: Mapping[str, Any],
    columns: Mapping[str, Any],
    told: Sequence[str],
    now: str,
    zone: str,
    last_line: int | None,
) -> Iterator[str]:
    """All that becomes of a file, counts first. `told` are the variables that the model may know.
    `last_line` is that of the batch it goes into; None: it makes a new one.
    """
    sheet, lines_after = people_sheet_of(content, filename, choices), 0
    mended = sum(row.earlier is not None for row in sheet.rows)
    if last_line is not None:
        sheet, lines_after = numbered_on(sheet, [last_line])
    terms, meaning = BatchSettings.model_validate(settings), ColumnMap.of_json(dict(columns))
    read = partial(
        import_contacts,
        batch_id=batch_id,
        settings=terms,
        columns=meaning.telling(told),
        now=datetime.fromisoformat(now),
        zone=zone,
    )
    try:
        imported = read(sheet)
        if sheet.hidden:
            hidden = read(replace(sheet, rows=sheet.hidden))
            imported = without_refused(imported, sheet, hidden)
        if imported.contacts and not terms.without_day:
            require_days(sheet, meaning)
    except (NoClock, BadColumns) as fault:
        raise ChildRefused(str(fault)) from fault
    kinds = {frozenset(contact.variables): contact for contact in reversed(imported.contacts)}
    refusals = {} if last_line is None else imported.refusals
    off = [] if last_line is None else list(called_off(imported.left_out))
    counts = _Counts(
        imported=replace(
            imported,
            contacts=(),
            merged=(),
            bad_rows=(),
            left_out=(),
            refusals={},
            no_calls=(),
            notes=(),
        ),
        kinds=len(kinds),
        refusals=len(refusals),
        called_off=len(off),
        contacts=len(imported.contacts),
        merged=len(imported.merged),
        bad_rows=len(imported.bad_rows),
        left_out=len(imported.left_out),
        no_calls=len(imported.no_calls),
        notes=len(imported.notes),
        not_called=not_called(imported.left_out, imported.bad_rows),
        width=max((len(row.cells) for row in imported.bad_rows), default=0),
        mended=mended,
        lines_after=lines_after,
    )
    yield _COUNTS.dump_json(counts).decode()
    yield from (_CONTACT.dump_json(contact).decode() for contact in kinds.values())
    yield from map(json.dumps, refusals.items())
    yield from (_CALLED_OFF.dump_json(one).decode() for one in off)
    cells = {} if last_line is None else {row.line: row.handed_back for row in sheet.rows}
    for contact in imported.contacts:
        person = Person(contact=contact, cells=cells.get(contact.line, ()))
        yield _PERSON.dump_json(person).decode()
    yield from (_BAD_ROW.dump_json(row).decode() for row in imported.bad_rows)
    for row in imported.left_out:
        yield _LEFT_OUT.dump_json(replace(row, contact=None)).decode()
    yield from (_NO_CALLS.dump_json(one).decode() for one in imported.no_calls)
    yield from (_NOTE.dump_json(note).decode() for note in imported.notes)


# -- the other side ----------------------------------------------------------------------------


class People:
    """What became of a file, in the order in which it must be read, each part once and whole.
    Close it.
    """

    def __init__(self, output: Output) -> None:
        self._output = output
        self._lines = iter(output)
        self._counts = _COUNTS.validate_json(next(self._lines))
        self.imported = self._counts.imported  # but for what is counted or follows
        self.contacts = self._counts.contacts
        self.merged = self._counts.merged
        self.bad_rows = self._counts.bad_rows
        self.not_called = self._counts.not_called
        self.width = self._counts.width
        self.mended = self._counts.mended
        self.lines_after = self._counts.lines_after

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._output.__exit__()

    def kinds(self) -> Iterator[ContactRecord]:
        """One contact for each set of words that contacts have for the agent."""
        return map(_CONTACT.validate_json, self._next(self._counts.kinds))

    def refusals(self) -> Iterator[tuple[str, int]]:
        """Ids of contacts, and the line that says no."""
        for line in self._next(self._counts.refusals):
            contact_id, number = json.loads(line)
            yield contact_id, number

    def called_off(self) -> Iterator[CalledOff]:
        return map(_CALLED_OFF.validate_json, self._next(self._counts.called_off))

    def persons(self) -> Iterator[Person]:
        return map(_PERSON.validate_json, self._next(self.contacts))

    def problems(self) -> Iterator[BadRow]:
        return map(_BAD_ROW.validate_json, self._next(self.bad_rows))

    def left_out(self) -> Iterator[LeftOut]:
        """Without whom they would have been."""
        return map(_LEFT_OUT.validate_json, self._next(self._counts.left_out))

    def no_calls(self) -> Iterator[NoCalls]:
        return map(_NO_CALLS.validate_json, self._next(self._counts.no_calls))

    def notes(self) -> Iterator[Note]:
        """What else was found, in rows that are good."""
        return map(_NOTE.validate_json, self._next(self._counts.notes))

    def _next(self, count: int) -> Iterable[str]:
        return islice(self._lines, count)


class FileReader:
    """Has files read apart. Raises NoTable, with one sentence, for what cannot be read."""

    def __init__(self, apart: Apart) -> None:
        self._apart = apart

    async def top(self, content: bytes, filename: str, choices: Choices) -> FileTop:
        asked = {"filename": filename, "choices": asdict(choices)}
        with await read_apart(self._apart, _READ_TOP, content, asked) as output:
            return top_of(output)

    async def people(
        self,
        content: bytes,
        filename: str,
        choices: Choices,
        *,
        batch_id: str,
        settings: BatchSettings,
        columns: ColumnMap,
        told: Iterable[str],
        now: datetime,
        zone: str,
        last_line: int | None = None,
    ) -> People:
        asked = {
            "filename": filename,
            "choices": asdict(choices),
            "batch_id": batch_id,
            "settings": settings.model_dump(mode="json"),
            "columns": columns.as_json(),
            "told": sorted(told),
            "now": now.isoformat(),
            "zone": zone,
            "last_line": last_line,
        }
        return People(await read_apart(self._apart, _READ_PEOPLE, content, asked))
