"""The cells of one sheet's rows, by column and by field; and reading them, with what is wrong."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from bot.batches.reading.columns import ColumnMap, column_names
from bot.batches.reading.drafts import Problem
from bot.batches.reading.fields import Field
from bot.batches.reading.tables import BadCell, Row

Value = TypeVar("Value")


class RowCells:
    """Finds cells. Each row has one for each column, at least."""

    def __init__(self, header: Sequence[str], columns: ColumnMap) -> None:
        self.names = column_names(header)
        self._index = {name: index for index, name in enumerate(self.names)}
        self._fields = columns.fields

    def column(self, rows: Iterable[Row], name: str) -> Iterable[str]:
        """All cells of a column."""
        index = self._index[name]
        return (row.cells[index] for row in rows if index < len(row.cells))

    def cell(self, row: Row, name: str) -> str:
        return row.cells[self._index[name]]

    def named(self, field: Field) -> Sequence[str]:
        """The columns of a field, in order of preference."""
        return self._fields.get(field, ())

    def first(self, row: Row, field: Field) -> tuple[str, str]:
        """The first column of that field that is filled, and its cell; else an empty one."""
        columns = self.named(field)
        for name in columns:
            if cell := self.cell(row, name):
                return name, cell
        return (columns[0] if columns else ""), ""


def attempt(
    problems: list[Problem],
    column: str,
    otherwise: Value,
    read: Callable[..., Value],
    *arguments: Any,
    **options: Any,
) -> Value:
    """What `read` makes of a cell; a BadCell is a problem of that column."""
    try:
        return read(*arguments, **options)
    except BadCell as fault:
        problems.append(Problem(column=column, why=str(fault)))
        return otherwise
