"""Who asked for no calls at all, as a file says: for the list of suppressions."""

import csv
import io
from dataclasses import dataclass

from bot.batches.reports.formulas import guarded

SUFFIX = ".no-calls.csv"  # of the file that an import writes


@dataclass(frozen=True, kw_only=True)
class NoCalls:
    """A contact who asked for no calls at all."""

    number: str
    line: int
    why: str


class NoCallsCsv:
    """Their numbers, for `trunkline suppress import`."""

    def __init__(self) -> None:
        self._out = io.StringIO()
        self._writer = csv.writer(self._out, lineterminator="\r\n")
        self._writer.writerow(("number", "line", "says"))

    def add(self, one: NoCalls) -> None:
        self._writer.writerow(map(guarded, (one.number, str(one.line), one.why)))

    def text(self) -> str:
        return self._out.getvalue()
