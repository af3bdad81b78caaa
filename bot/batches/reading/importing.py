"""A table of people becomes contacts: each row is a contact, a part of one, or handed back.

Nothing is guessed about whom to call, when, or by what right: a cell that can be read in two ways
spoils its row, and the row comes back with the reason.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.batches.reading.called_off import which_appointments
from bot.batches.reading.columns import ColumnMap
from bot.batches.reading.drafts import BadRow, Draft, Note, Problem
from bot.batches.reading.households import MergedRow, merge
from bot.batches.reading.left_out import LeftOut
from bot.batches.reading.no_calls import NoCalls
from bot.batches.reading.other_lines import other_lines
from bot.batches.reading.problems import ProblemsCsv
from bot.batches.reading.row_reading import RowReader
from bot.batches.reading.tables import Sheet
from bot.batches.settings import BatchSettings
from bot.store.batch_records import ContactRecord

__all__ = [
    "BadRow",
    "Imported",
    "LeftOut",
    "MergedRow",
    "Note",
    "Problem",
    "bad_rows_csv",
    "import_contacts",
]


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What became of the rows: each is in exactly one of the first four."""

    contacts: tuple[ContactRecord, ...]  # in the order of the file
    merged: tuple[MergedRow, ...]  # rows that went into a contact of an earlier line
    bad_rows: tuple[BadRow, ...]  # those not understood, and those of numbers that refuse
    left_out: tuple[LeftOut, ...] = ()  # rows whose contacts are not to be called
    refusals: Mapping[str, int] = field(default_factory=dict)  # id of a contact: line that says no
    no_calls: tuple[NoCalls, ...] = ()  # who asked for no calls at all
    notes: tuple[Note, ...] = ()  # of rows that are good
    times_in: str = ""  # the zone on whose clock days and times were read; empty: there were none

    def as_text(self) -> str:
        """For people: the counts, and the first bad rows."""
        again = sum(1 for row in self.merged if row.exact)
        over = sum(1 for row in self.merged if row.over)
        both = len(self.merged) - again - over
        lines = [
            f"{len(self.contacts)} contacts",
            f"{both} rows with the number of an earlier row: one call for both",
            f"{over} rows whose appointment is over, of a number with another appointment",
            f"{again} rows that stand in the file more than once",
            f"{len(self.left_out)} rows of which nobody is to be called",
            f"{len(self.bad_rows)} bad rows",
        ]
        lines += [f"  line {row.line}: {row.why}" for row in self.bad_rows[:20]]
        if len(self.bad_rows) > 20:
            lines.append(f"  and {len(self.bad_rows) - 20} more")
        return "\n".join(lines)


def import_contacts(
    sheet: Sheet,
    *,
    batch_id: str,
    settings: BatchSettings,
    columns: ColumnMap,
    now: datetime,
    zone: str = "",
) -> Imported:
    """The contacts in a table.

    `zone` is that of the business, whose clock the days and times without an offset follow; empty:
    the zone of the batch. It is never this machine's. The same rows in the same batch always give
    the same contacts, with the same ids.

    Raises:
        BadColumns: the map does not fit the table.
        NoClock: there are such times, and no zone.
    """
    zone = zone or settings.zone
    reader = RowReader(
        sheet, batch_id=batch_id, settings=settings, columns=columns, now=now, zone=zone
    )
    others = other_lines(sheet, columns)
    drafts: list[Draft] = []
    bad: list[BadRow] = []
    left_out: list[LeftOut] = []
    for row in sheet.rows:
        if row.line in others:
            cell = others[row.line]
            left_out.append(LeftOut(line=row.line, kind="no_person", column="", cell=cell))
            continue
        read = reader.read(row)
        if isinstance(read, BadRow):
            bad.append(read)
        elif isinstance(read, LeftOut):
            left_out.append(read)
        else:
            drafts.append(read)
    drafts, contradicted = _uncontradicted(drafts, left_out)
    contacts, merged, misfits = merge(drafts, now=now)
    refusing = {draft.row.line: draft for draft in drafts if draft.refusal}
    refused = {draft.contact.id for draft in refusing.values()}
    lines = {draft.row.line for draft in drafts if draft.contact.id in refused}
    misfits = [_quoted(row, refusing.get(row.line), row.line in lines) for row in misfits]
    bad = sorted([*bad, *contradicted, *misfits], key=lambda row: row.line)
    return Imported(
        contacts=tuple(contacts),
        merged=tuple(merged),
        bad_rows=tuple(bad),
        left_out=tuple(left_out),
        refusals={draft.contact.id: draft.row.line for draft in refusing.values()},
        no_calls=tuple(
            NoCalls(number=number, line=line, why=f'{no.column}: "{no.cell}"')
            for line, draft in refusing.items()
            if (no := draft.refusal) and no.asked
            for number in dict.fromkeys((draft.contact.number, *draft.other_numbers))
        ),
        notes=_notes(reader.notes(), drafts, merged),
        times_in=zone if reader.used_clock else "",
    )


def _notes(
    of_columns: Iterable[Note], drafts: Iterable[Draft], merged: Iterable[MergedRow]
) -> tuple[Note, ...]:
    """What else their sender should know, by line."""
    notes = [*of_columns, *(note for draft in drafts for note in draft.notes)]
    notes += [
        Note(
            line=row.line,
            what=f"the appointment is over: the call is about line {row.into_line}, same number",
        )
        for row in merged
        if row.over
    ]
    return tuple(sorted(notes, key=lambda note: note.line))


def _uncontradicted(
    drafts: Iterable[Draft], left_out: Iterable[LeftOut]
) -> tuple[list[Draft], list[BadRow]]:
    """Rows without those of an appointment of which another row says that no call is to be made."""
    off = {
        which: row
        for row in left_out
        if row.contact is not None
        for which in which_appointments(row.contact)
    }
    fine, bad = [], []
    for draft in drafts:
        against = [off[which] for which in which_appointments(draft.contact) if which in off]
        if draft.refusal or not against:
            fine.append(draft)
            continue
        why = f"line {against[0].line} says of the same appointment: {against[0].why}"
        problem = Problem(column="", why=why)
        bad.append(BadRow(line=draft.row.line, cells=draft.row.handed_back, problems=(problem,)))
    return fine, bad


def _quoted(row: BadRow, refusing: Draft | None, refused: bool) -> BadRow:
    """A row of a number that refuses, by the words of its own cell if it is the one that does."""
    if refusing is None or refusing.refusal is None:
        return replace(row, refused=refused)
    no = refusing.refusal
    says = no.hint or "says that this number must not be called"
    problem = Problem(column=no.column, why=f'"{no.cell}" {says}')
    return replace(row, problems=(problem,), refused=True)


def bad_rows_csv(imported: Imported, sheet: Sheet) -> str:
    """The bad rows, to be put right and imported again: see `ProblemsCsv`."""
    width = max((len(row.cells) for row in imported.bad_rows), default=0)
    problems = ProblemsCsv(sheet.header, width=width)
    for row in imported.bad_rows:
        problems.add(row)
    return problems.text()
