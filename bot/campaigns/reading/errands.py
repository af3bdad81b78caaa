"""A file of people, read apart from whoever carries calls: what a child does, and what it says.

Both sides speak lines of JSON, each one small: a line is read on the event loop.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, Self

from pydantic import TypeAdapter

from bot.campaigns.reading.cell_times import NoClock
from bot.campaigns.reading.columns import BadColumns, ColumnMap
from bot.campaigns.reading.drafts import BadRow
from bot.campaigns.reading.hidden import without_refused
from bot.campaigns.reading.importing import Imported, import_contacts
from bot.campaigns.reading.numbering import numbered_on
from bot.campaigns.reading.tables import Choices
from bot.campaigns.reading.tops import Top, read_apart, read_top, sheet_of, top_of
from bot.campaigns.settings import BatchSettings
from bot.child import Apart, ChildRefused, Output
from bot.store.campaign_records import ContactRecord


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
    refusals: int  # 0 for a new batch: there is nobody in it to be stopped
    contacts: int
    merged: int
    bad_rows: int
    width: int  # cells of the longest bad row
    lines_after: int


_COUNTS, _PERSON = TypeAdapter(_Counts), TypeAdapter(Person)
_READ_TOP, _READ_PEOPLE = f"{read_top.__module__}:read_top", f"{__name__}:read_people"
_CONTACT, _BAD_ROW = TypeAdapter(ContactRecord), TypeAdapter(BadRow)


# -- the child's side --------------------------------------------------------------------------


def read_people(
    content: bytes,
    *,
    filename: str,
    choices: Mapping[str, Any],
    batch_id: str,
    settings: Mapping[str, Any],
    columns: Mapping[str, Any],
    now: str,
    zone: str,
    last_line: int | None,
) -> Iterator[str]:
    """All that becomes of a file, counts first. `last_line` is that of the batch it goes into;
    None: it makes a new one.
    """
    sheet, lines_after = sheet_of(content, filename, choices), 0
    if last_line is not None:
        sheet, lines_after = numbered_on(sheet, [last_line])
    read = partial(
        import_contacts,
        batch_id=batch_id,
        settings=BatchSettings.model_validate(settings),
        columns=ColumnMap.of_json(dict(columns)),
        now=datetime.fromisoformat(now),
        zone=zone,
    )
    try:
        imported = read(sheet)
        if sheet.hidden:
            hidden = read(replace(sheet, rows=sheet.hidden))
            imported = without_refused(imported, sheet, hidden.refusals)
    except (NoClock, BadColumns) as fault:
        raise ChildRefused(str(fault)) from fault
    kinds = {frozenset(contact.variables): contact for contact in reversed(imported.contacts)}
    refusals = {} if last_line is None else imported.refusals
    counts = _Counts(
        imported=replace(imported, contacts=(), merged=(), bad_rows=(), refusals={}),
        kinds=len(kinds),
        refusals=len(refusals),
        contacts=len(imported.contacts),
        merged=len(imported.merged),
        bad_rows=len(imported.bad_rows),
        width=max((len(row.cells) for row in imported.bad_rows), default=0),
        lines_after=lines_after,
    )
    yield _COUNTS.dump_json(counts).decode()
    yield from (_CONTACT.dump_json(contact).decode() for contact in kinds.values())
    yield from map(json.dumps, refusals.items())
    cells = {} if last_line is None else {row.line: row.cells for row in sheet.rows}
    for contact in imported.contacts:
        person = Person(contact=contact, cells=cells.get(contact.line, ()))
        yield _PERSON.dump_json(person).decode()
    yield from (_BAD_ROW.dump_json(row).decode() for row in imported.bad_rows)


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
        self.width = self._counts.width
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

    def persons(self) -> Iterator[Person]:
        return map(_PERSON.validate_json, self._next(self.contacts))

    def problems(self) -> Iterator[BadRow]:
        return map(_BAD_ROW.validate_json, self._next(self.bad_rows))

    def _next(self, count: int) -> Iterable[str]:
        return islice(self._lines, count)


class FileReader:
    """Has files read apart. Raises NoTable, with one sentence, for what cannot be read."""

    def __init__(self, apart: Apart) -> None:
        self._apart = apart

    async def top(self, content: bytes, filename: str, choices: Choices) -> Top:
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
            "now": now.isoformat(),
            "zone": zone,
            "last_line": last_line,
        }
        return People(await read_apart(self._apart, _READ_PEOPLE, content, asked))
