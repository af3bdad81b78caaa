"""The bad rows of a file, as CSV: to be put right there and imported again."""

import csv
import io
from collections.abc import Sequence

from bot.batches.reading.drafts import BadRow
from bot.batches.reading.tables import PROBLEM_COLUMN
from bot.batches.reports.formulas import guarded


class ProblemsCsv:
    """Rows with their own columns and, after them, what is wrong. Imported into the same batch
    they keep their lines. Encode it as `utf-8-sig`, for Excel's sake.

    `width` is that of the widest row, which may have more cells than the header.
    """

    def __init__(self, header: Sequence[str], *, width: int) -> None:
        self._out = io.StringIO()
        self._writer = csv.writer(self._out, lineterminator="\r\n")
        self._width = max(width, len(header))
        self._write(header, PROBLEM_COLUMN)

    def add(self, row: BadRow) -> None:
        self._write(row.cells, f"line {row.line}: {row.why}")

    def text(self) -> str:
        return self._out.getvalue()

    def _write(self, cells: Sequence[str], last: str) -> None:
        filled = [*cells, *("" for _ in range(self._width - len(cells)))]
        self._writer.writerow([*map(guarded, filled), last])
