"""A table of people becomes contacts: each row is a contact, a part of one, or handed back.

Nothing is guessed about whom to call, when, or by what right: a cell that can be read in two ways
spoils its row, and the row comes back with the reason.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.campaigns.reading.columns import ColumnMap
from bot.campaigns.reading.drafts import BadRow, Draft, Note, Problem
from bot.campaigns.reading.households import MergedRow, merge
from bot.campaigns.reading.row_reading import RowReader
from bot.campaigns.reading.tables import PROBLEM_COLUMN, Sheet
from bot.campaigns.reports.formulas import guarded
from bot.campaigns.settings import BatchSettings
from bot.store.campaign_records import ContactRecord

__all__ = ["BadRow", "Imported", "MergedRow", "Note", "Problem", "bad_rows_csv", "import_contacts"]


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What became of the rows: each is in exactly one of the three."""

    contacts: tuple[ContactRecord, ...]  # in the order of the file
    merged: tuple[MergedRow, ...]  # rows that went into a contact of an earlier line
    bad_rows: tuple[BadRow, ...]
    refusals: Mapping[str, int] = field(default_factory=dict)  # id of a contact: line that says no
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
    drafts: list[Draft] = []
    bad: list[BadRow] = []
    for row in sheet.rows:
        read = reader.read(row)
        if isinstance(read, BadRow):
            bad.append(read)
        else:
            drafts.append(read)
    contacts, merged, refused = merge(drafts, now=now)
    bad = sorted([*bad, *refused], key=lambda row: row.line)
    return Imported(
        contacts=tuple(contacts),
        merged=tuple(merged),
        bad_rows=tuple(bad),
        refusals={draft.contact.id: draft.row.line for draft in drafts if draft.refused},
        notes=_notes(drafts, merged),
        times_in=zone if reader.used_clock else "",
    )


def _notes(drafts: Iterable[Draft], merged: Iterable[MergedRow]) -> tuple[Note, ...]:
    """What else their sender should know, by line."""
    notes = [note for draft in drafts for note in draft.notes]
    notes += [
        Note(
            line=row.line,
            what=f"the appointment is over: the call is about line {row.into_line}, same number",
        )
        for row in merged
        if row.over
    ]
    return tuple(sorted(notes, key=lambda note: note.line))


def bad_rows_csv(imported: Imported, sheet: Sheet) -> str:
    """The bad rows with their own columns and, behind them, what is wrong: to be put right there
    and imported again, into the same batch, where they keep their lines. Encode it as `utf-8-sig`,
    for Excel's sake.
    """
    width = max([len(sheet.header), *(len(row.cells) for row in imported.bad_rows)])
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    names = [*sheet.header, *("" for _ in range(width - len(sheet.header)))]
    writer.writerow([*map(guarded, names), PROBLEM_COLUMN])
    for row in imported.bad_rows:
        cells = [*row.cells, *("" for _ in range(width - len(row.cells)))]
        writer.writerow([*map(guarded, cells), f"line {row.line}: {row.why}"])
    return out.getvalue()
