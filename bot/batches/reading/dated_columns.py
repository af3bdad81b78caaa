"""Cells that hold days or times, read by what their column shows and by their row's country."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.batches.reading.addresses import read_country
from bot.batches.reading.cell_hours import writes_twelve_hours
from bot.batches.reading.cell_numbers import country_of_number
from bot.batches.reading.cell_times import Written, are_serials, read_when
from bot.batches.reading.columns import ColumnMap
from bot.batches.reading.day_order import (
    MONTH_FIRST,
    NUMERIC,
    ColumnOrder,
    DottedOrder,
    Seen,
    is_ambiguous,
)
from bot.batches.reading.drafts import Note
from bot.batches.reading.tables import BadCell, Row


class DatedColumns:
    """The columns of one sheet; what a whole column shows is found out once."""

    def __init__(
        self, rows: Sequence[Row], *, names: Sequence[str], columns: ColumnMap, country: str
    ) -> None:
        """`country` is that of the batch."""
        self._index = {name: at for at, name in enumerate(names)}
        self._rows = rows
        self._home = country
        self._countries = [self._index[name] for name in columns.fields.get("country", ())]
        self._numbers = [self._index[name] for name in columns.fields["number"]]
        self._shown: dict[str, _Shown] = {}

    def read(self, row: Row, column: str, cell: str) -> Written:
        """What a cell of that column says. Raises BadTime."""
        shown = self._what_shows(column)
        country, stated = self._writer(row)
        return read_when(
            cell,
            order=shown.order.of(country, stated=stated) if NUMERIC.search(cell) else None,
            dotted=shown.dotted.order,
            country=country if stated and not writes_twelve_hours(self._home) else self._home,
            serials=shown.serials,
        )

    def notes(self, columns: Iterable[str]) -> Iterator[Note]:
        """Of each column of a country that writes the month first: the first day with dots that
        was read with the day first, by the habit alone.
        """
        if self._home not in MONTH_FIRST:
            return
        for column in columns:
            if not self._what_shows(column).dotted.is_guess:
                continue
            for row in self._rows:
                match = NUMERIC.search(_cell(row, self._index[column]))
                if match and match[2] == "." and is_ambiguous(match):
                    yield Note(
                        line=row.line,
                        what=f'{column}: "{match[0]}" is taken for the {int(match[1])}. of month '
                        f"{int(match[3])}, as days with dots have the day first, and so are all "
                        "others in this column: if it begins with its month, write it with slashes",
                    )
                    break

    def _what_shows(self, column: str) -> "_Shown":
        if column not in self._shown:
            at = self._index[column]
            cells = [cell for row in self._rows if (cell := _cell(row, at))]
            self._shown[column] = _Shown(
                order=ColumnOrder(self._seen(self._rows, at), home=self._home),
                dotted=DottedOrder(cells),
                serials=are_serials(cells),
            )
        return self._shown[column]

    def _seen(self, rows: Iterable[Row], at: int) -> Iterable[Seen]:
        for row in rows:
            if NUMERIC.search(cell := _cell(row, at)):
                country, stated = self._writer(row)
                yield Seen(cell=cell, country=country, stated=stated)

    def _writer(self, row: Row) -> tuple[str, bool]:
        """In what country a row's days were written: its own, or that of its number; and whether
        the row states it.
        """
        if named := next(filter(None, (_cell(row, at) for at in self._countries)), ""):
            try:
                return read_country(named, default=self._home), True
            except BadCell:
                return self._home, False
        number = next(filter(None, (_cell(row, at) for at in self._numbers)), "")
        return country_of_number(number, usual=self._home), False


@dataclass(frozen=True, kw_only=True)
class _Shown:
    """What a whole column shows."""

    order: ColumnOrder
    dotted: DottedOrder
    serials: bool  # nothing but a spreadsheet's inner numbers


def _cell(row: Row, at: int) -> str:
    return row.cells[at] if at < len(row.cells) else ""
