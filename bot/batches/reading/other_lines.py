"""Lines of a table that hold no person: a total below it, a heading between, the header again."""

from collections.abc import Sequence

from bot.batches.reading.cell_words import phrases, without_days, words_of
from bot.batches.reading.columns import ColumnMap, column_names
from bot.batches.reading.fields import Field
from bot.batches.reading.spelling import normalised
from bot.batches.reading.tables import Row, Sheet

_DIGITS_OF_A_NUMBER = 7
_PERSONS: tuple[Field, ...] = ("name", "first_name", "last_name")


def other_lines(sheet: Sheet, columns: ColumnMap) -> dict[int, str]:
    """Those lines, with what stands in them."""
    names = column_names(sheet.header)
    header = [normalised(name) for name in sheet.header]
    numbers = {names.index(name) for name in columns.fields["number"]}
    persons = {names.index(name) for field in _PERSONS for name in columns.fields.get(field, ())}
    return {
        row.line: next(cell for cell in row.cells if cell)
        for row in sheet.rows
        if not row.problem and _is_other(row, header, numbers, persons)
    }


def _is_other(row: Row, header: Sequence[str], numbers: set[int], persons: set[int]) -> bool:
    if [normalised(cell) for cell in row.cells] == header:
        return True
    filled = [place for place, cell in enumerate(row.cells) if cell]
    if any(place in numbers and _is_long(row.cells[place]) for place in filled):
        return False
    first, totals = filled[0], phrases("lines.totals")
    words = without_days(words_of(row.cells[first]))
    if first in persons:  # "Page 1 of 2" is nobody, and Jane Page is somebody
        counts = any(sign.isdigit() or sign == ":" for sign in row.cells[first])
        return bool(words) and (totals.cover(words) or counts and totals.at(words, 0) > 0)
    if any(place in persons for place in filled):
        return False
    return len(filled) == 1 and first not in numbers or totals.at(words, 0) > 0


def _is_long(cell: str) -> bool:
    return sum(sign.isdigit() for sign in cell) >= _DIGITS_OF_A_NUMBER
