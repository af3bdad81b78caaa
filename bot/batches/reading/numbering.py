"""Lines of a batch that has several files: no two rows share one. Plain code."""

from collections.abc import Iterable
from dataclasses import replace

from bot.batches.reading.tables import Sheet

APART = 1000  # where the lines of a further file begin: its last digits stay what they are


def numbered_on(sheet: Sheet, taken: Iterable[int]) -> tuple[Sheet, int]:
    """The sheet with lines beyond those that are `taken` in the batch, and by how much they were
    moved; 0: none was. Rows that were handed back and come in again keep the line they had.
    """
    if all(row.earlier is not None for row in sheet.rows):
        beyond = 0
    else:
        beyond = (max(taken, default=0) // APART + 1) * APART
    rows, hidden = (
        tuple(
            replace(row, line=beyond + row.line if row.earlier is None else row.earlier)
            for row in rows
        )
        for rows in (sheet.rows, sheet.hidden)
    )
    return replace(sheet, rows=rows, hidden=hidden), beyond
