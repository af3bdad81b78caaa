"""What a table is, once it is read: plain data."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

# Added to the bad rows that are handed back, and ignored when such a file comes in again.
PROBLEM_COLUMN = "problem"
_EARLIER = re.compile(r"line (\d{1,7}): ")  # so each of its cells begins


class NoTable(ValueError):
    """A file that cannot be read as a table; the message is one sentence for its sender."""


class BadCell(ValueError):
    """A cell that cannot be read, or in two ways; the message is a clause that says why."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row under the header, with something in it."""

    line: int  # of the file, from 1: where an editor or a spreadsheet shows it to begin
    cells: tuple[str, ...]  # as written, trimmed; one for each column, more if the row has more
    problem: str = ""  # it cannot be told into cells; they are then what a plain split gives
    earlier: int | None = None  # its line in the file out of which it was handed back


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table: a header, and the rows that are not empty."""

    name: str  # of the file
    header: tuple[str, ...]  # as written, trimmed; without the column of problems
    rows: tuple[Row, ...] = field(repr=False)
    encoding: str = ""  # text: how its letters were read
    delimiter: str = ""  # text: what stands between its cells
    worksheet: str = ""  # spreadsheet: which of its sheets this is
    unread: tuple[str, ...] = ()  # spreadsheet: other sheets that hold something


@dataclass(frozen=True, kw_only=True)
class RawTable:
    """All lines of a file that hold something, the header among them."""

    rows: Sequence[Row]
    encoding: str = ""
    delimiter: str = ""
    worksheet: str = ""
    unread: tuple[str, ...] = ()


def as_sheet(raw: RawTable, *, name: str) -> Sheet:
    """The first line is the header. Raises NoTable when there is none, or nothing below it."""
    rows = [row for row in raw.rows if any(row.cells)]
    if not rows:
        raise NoTable("The file holds no table: all its cells are empty.")
    header, rows = rows[0], rows[1:]
    if header.problem:
        raise NoTable(f"Line {header.line} should hold the names of columns, but {header.problem}.")
    if not rows:
        raise NoTable("The file has a header and no rows below it.")
    cells = header.cells
    ours = cells.index(PROBLEM_COLUMN) if PROBLEM_COLUMN in cells else None
    if ours is not None and any(cells[ours + 1 :]):
        ours = None  # the column of problems is the last: this one is the sender's own
    if ours is not None:
        cells = cells[:ours]
        rows = [_without(row, ours) for row in rows]
    width = _width(cells, rows)
    return Sheet(
        name=name,
        header=_fitted(cells, width),
        rows=tuple(replace(row, cells=_fitted(row.cells, width)) for row in rows if any(row.cells)),
        encoding=raw.encoding,
        delimiter=raw.delimiter,
        worksheet=raw.worksheet,
        unread=raw.unread,
    )


def _without(row: Row, index: int) -> Row:
    """Without the cell about its problems, which begins with the line it was handed back from."""
    told = _EARLIER.match(row.cells[index]) if index < len(row.cells) else None
    return replace(
        row,
        cells=row.cells[:index] + row.cells[index + 1 :],
        earlier=int(told[1]) if told else None,
    )


def _width(header: Sequence[str], rows: Iterable[Row]) -> int:
    """Columns at the end that have no name count only if a regular row fills them.

    A row that is longer than the whole header is not regular: it does not make a column.
    """
    named = max((at for at, cell in enumerate(header, 1) if cell), default=0)
    filled = [
        at
        for row in rows
        if len(row.cells) <= len(header)
        for at, cell in enumerate(row.cells[named:], named + 1)
        if cell
    ]
    return max(filled, default=named)


def _fitted(cells: Sequence[str], width: int) -> tuple[str, ...]:
    """So many cells; more only where a further one is filled."""
    filled = max((at for at, cell in enumerate(cells, 1) if cell), default=0)
    kept = tuple(cells[: max(width, filled)])
    return kept + ("",) * (width - len(kept))
