"""The day of the appointment: said by the sender, or guessed from cells that look like it."""

from collections.abc import Sequence

from bot.batches.reading.cell_times import read_when
from bot.batches.reading.columns import BadColumns, ColumnMap, column_names
from bot.batches.reading.tables import BadCell, Sheet

_LOOKED_AT = 50  # rows: enough to know a column by


def require_days(sheet: Sheet, columns: ColumnMap) -> None:
    """Raises BadColumns when no column says on which day the appointments are. One of times may:
    "June 1, 2027 9:00 am" in "Start Time"; a row in which it does not comes back.
    """
    if columns.fields.get("when") or columns.fields.get("day") or _times_have_days(sheet, columns):
        return
    looks = days_in(sheet, columns)
    hint = f", like {' or '.join(looks)}" if looks else ""
    raise BadColumns(
        "no column is known to hold the day of the appointment, so nothing would keep a call from "
        f'coming after it: say which one does (--map day="..."{hint}), or import all the same '
        "(--without-day; in settings: without_day = true)"
    )


def days_in(sheet: Sheet, columns: ColumnMap) -> Sequence[str]:
    """Their names, quoted."""
    used = {column for named in columns.fields.values() for column in named}
    return [
        f'"{name}"'
        for place, name in enumerate(column_names(sheet.header))
        if name not in used and _are_days([row.cells[place] for row in sheet.rows[:_LOOKED_AT]])
    ]


def _times_have_days(sheet: Sheet, columns: ColumnMap) -> bool:
    names = column_names(sheet.header)
    places = [names.index(name) for name in columns.fields.get("time", ()) if name in names]
    return any(_is_day(row.cells[at]) for row in sheet.rows[:_LOOKED_AT] for at in places)


def _are_days(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(map(_is_day, filled))


def _is_day(cell: str) -> bool:
    try:
        return read_when(cell, order="month_first", country="US").day is not None
    except BadCell:
        return False
