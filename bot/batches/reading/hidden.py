"""Rows that are hidden are not called; what they refuse counts all the same. Plain code."""

from dataclasses import replace

from bot.batches.reading.drafts import BadRow, Problem
from bot.batches.reading.importing import Imported
from bot.batches.reading.tables import Sheet


def without_refused(imported: Imported, sheet: Sheet, hidden: Imported) -> Imported:
    """What became of the rows of a sheet, but that no contact is called whom a hidden row refuses.
    Their rows are handed back.
    """
    refusals = hidden.refusals
    stopped = {one.line: refusals[one.id] for one in imported.contacts if one.id in refusals}
    by_line = stopped | {
        row.line: stopped[row.into_line] for row in imported.merged if row.into_line in stopped
    }
    back = [
        BadRow(
            line=row.line,
            cells=row.handed_back,
            problems=(Problem(column="", why=_why(by_line[row.line])),),
            refused=True,
        )
        for row in sheet.rows
        if row.line in by_line
    ]
    return replace(
        imported,
        contacts=tuple(one for one in imported.contacts if one.line not in by_line),
        merged=tuple(row for row in imported.merged if row.line not in by_line),
        bad_rows=tuple(sorted([*imported.bad_rows, *back], key=lambda row: row.line)),
        refusals={**refusals, **imported.refusals},
        no_calls=(*imported.no_calls, *hidden.no_calls),
    )


def _why(line: int) -> str:
    return f"line {line}, which is hidden, says that this number must not be called"
