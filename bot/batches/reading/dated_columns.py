"""Cells that hold days or times, read by what their column shows and by their row's country."""

from collections.abc import Iterable, Sequence

from bot.batches.reading.addresses import read_country
from bot.batches.reading.cell_hours import writes_twelve_hours
from bot.batches.reading.cell_numbers import country_of_number
from bot.batches.reading.cell_times import Written, are_serials, read_when
from bot.batches.reading.columns import ColumnMap
from bot.batches.reading.day_order import NUMERIC, ColumnOrder, Seen
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
        self._shown: dict[str, tuple[ColumnOrder, bool]] = {}

    def read(self, row: Row, column: str, cell: str) -> Written:
        """What a cell of that column says. Raises BadTime."""
        order, serials = self._what_shows(column)
        country, stated = self._writer(row)
        in_numbers = NUMERIC.search(cell)
        return read_when(
            cell,
            order=order.of(country, stated=stated) if in_numbers else None,
            country=country if stated and not writes_twelve_hours(self._home) else self._home,
            serials=serials,
        )

    def _what_shows(self, column: str) -> tuple[ColumnOrder, bool]:
        """The order of its days, and whether they are a spreadsheet's inner numbers."""
        if column not in self._shown:
            at = self._index[column]
            order = ColumnOrder(self._seen(self._rows, at), home=self._home)
            serials = are_serials(cell for row in self._rows if (cell := _cell(row, at)))
            self._shown[column] = order, serials
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


def _cell(row: Row, at: int) -> str:
    return row.cells[at] if at < len(row.cells) else ""
