"""Columns that nobody says are days, and whose cells all read as such."""

from collections.abc import Sequence

from bot.campaigns.reading.cell_times import read_when
from bot.campaigns.reading.columns import ColumnMap, column_names
from bot.campaigns.reading.tables import BadCell, Sheet

_LOOKED_AT = 50  # rows: enough to know a column by


def days_in(sheet: Sheet, columns: ColumnMap) -> Sequence[str]:
    """Their names, quoted."""
    used = {column for named in columns.fields.values() for column in named}
    return [
        f'"{name}"'
        for place, name in enumerate(column_names(sheet.header))
        if name not in used and _are_days([row.cells[place] for row in sheet.rows[:_LOOKED_AT]])
    ]


def _are_days(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(map(_is_day, filled))


def _is_day(cell: str) -> bool:
    try:
        return read_when(cell, order="month_first", country="US").day is not None
    except BadCell:
        return False
