"""What a table is, once it is read: plain data."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

# Added to the bad rows that are handed back, and ignored when such a file comes in again.
PROBLEM_COLUMN = "problem"
_EARLIER = re.compile(r"line (\d{1,7}): ")  # so each of its cells begins

_REMARK = re.compile(r"(.*?)\s*\[comment: (.*?)\]", re.DOTALL)  # written beside a cell
_STRUCK = re.compile(r"~~(.+?)~~", re.DOTALL)

MAX_ROWS = 100_000  # of one file: more are split, and added to the batch of the first
MAX_COLUMNS = 1_000
MAX_AREA = 10_000_000  # cells of a sheet from the first to the last that is filled
_SHOWN = 60  # characters of a line that was passed over


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
    struck: frozenset[int] = frozenset()  # places of cells that are struck through
    remarks: tuple[tuple[int, str], ...] = ()  # comments on cells: the place, and what they say

    @property
    def handed_back(self) -> tuple[str, ...]:
        """Its cells in writing, with what a file of text cannot show otherwise."""
        if not self.struck and not self.remarks:
            return self.cells
        cells = list(self.cells)
        for at in self.struck:
            cells[at] = f"~~{cells[at]}~~"
        for at, text in self.remarks:
            cells[at] = f"{cells[at]} [comment: {text}]".strip()
        return tuple(cells)


def unmarked(row: Row) -> Row:
    """A row as it was before `handed_back` wrote what stood beside its cells into them."""
    if not any("~~" in cell or "[comment:" in cell for cell in row.cells):
        return row
    cells, struck, remarks = list(row.cells), set(row.struck), list(row.remarks)
    for at, cell in enumerate(cells):
        while "[comment: " in cell and (found := _REMARK.fullmatch(cell)):
            cell, text = found.groups()
            remarks.append((at, text.strip()))
        if _STRUCK.search(cell):
            struck.add(at)
            cell = _STRUCK.sub(r"\1", cell).strip()
        cells[at] = cell
    return replace(row, cells=tuple(cells), struck=frozenset(struck), remarks=tuple(remarks))


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
    hidden: tuple[Row, ...] = field(default=(), repr=False)  # rows that were left out for it
    notes: tuple[str, ...] = ()  # sentences for the sender: what was not read, and why


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What the sender says of a file, where it cannot be seen."""

    worksheet: str = ""  # which sheet; empty: the one that has a table
    header_line: int | None = None  # which line holds the names of columns
    hidden_rows: bool = False  # read rows that are hidden too
    named: tuple[str, ...] = ()  # columns that the sender has named: they are known


@dataclass(frozen=True, kw_only=True)
class RawTable:
    """All lines of a file that hold something, the header among them."""

    rows: Sequence[Row]
    encoding: str = ""
    delimiter: str = ""
    worksheet: str = ""
    unread: tuple[str, ...] = ()
    hidden: Sequence[Row] = ()  # rows that are left out
    notes: tuple[str, ...] = ()


def as_sheet(
    raw: RawTable,
    *,
    name: str,
    header_line: int | None = None,
    at: int = 0,
    in_two_lines: Callable[[Sequence[Sequence[str]], int], tuple[int, tuple[str, ...]] | None]
    | None = None,
) -> Sheet:
    """The header is the line with that number, else the one `at` this place among those that hold
    something; `in_two_lines` says whether it is one of two, which, and what they say together.
    Raises NoTable when there is none, or nothing below it.
    """
    rows = [row for row in raw.rows if any(row.cells)]
    if not rows:
        raise NoTable("The file holds no table: all its cells are empty.")
    if header_line is not None:
        at = next((at for at, row in enumerate(rows) if row.line == header_line), -1)
        if at < 0:
            raise NoTable(f"Line {header_line} cannot hold the names of columns: it is empty.")
    above = rows[:at]
    if in_two_lines and (two := in_two_lines([row.cells for row in rows[: at + 2]], at)):
        at, names = two
        above = rows[: at - 1]
        rows[at] = replace(rows[at], cells=names)
    header, rows = rows[at], rows[at + 1 :]
    if len(rows) > MAX_ROWS:
        raise too_many_rows()
    if len(header.cells) > MAX_COLUMNS and any(header.cells[MAX_COLUMNS:]):
        raise NoTable(
            f"Line {header.line} has {len(header.cells)} columns; a table may have {MAX_COLUMNS}."
        )
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
        rows=tuple(_whole(row, width) for row in rows if any(row.cells)),
        hidden=tuple(_whole(row, width) for row in raw.hidden),
        encoding=raw.encoding,
        delimiter=raw.delimiter,
        worksheet=raw.worksheet,
        unread=raw.unread,
        notes=(*_passed_over(above, header), *raw.notes),
    )


def too_many_rows() -> NoTable:
    """What is said of a file that is too long."""
    return NoTable(f"The file has more than {MAX_ROWS} rows; split it into several files.")


def lines_of(numbers: Iterable[int]) -> str:
    """In words: "line 3", "lines 3, 4 and 7 to 9"; only the first of very many."""
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    said: list[str] = []
    for first, last in runs[:10]:
        said += [f"{first} to {last}"] if last - first > 1 else map(str, range(first, last + 1))
    if len(runs) > 10:
        return f"lines {', '.join(said)} and so on"
    if len(said) > 1:
        return f"lines {', '.join(said[:-1])} and {said[-1]}"
    return f"{'lines' if ' ' in said[0] else 'line'} {said[0]}"


def _passed_over(above: Sequence[Row], header: Row) -> tuple[str, ...]:
    if not above:
        return ()
    quoted = (" ".join(filter(None, row.cells)) for row in above[:3])
    shown = ", ".join(
        f'"{text[:_SHOWN]}..."' if len(text) > _SHOWN else f'"{text}"' for text in quoted
    )
    more = f" and {len(above) - 3} more" if len(above) > 3 else ""
    verb = "stands" if len(above) == 1 else "stand"
    return (
        f"{lines_of(row.line for row in above)} {verb} above the names of the columns (line "
        f"{header.line}) and nobody was read from there: {shown}{more}; if that is wrong, say "
        "which line holds the names (--header-line)",
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


def _whole(row: Row, width: int) -> Row:
    cells = _fitted(row.cells, width)
    remarks = tuple((min(at, len(cells) - 1), text) for at, text in row.remarks)
    return unmarked(replace(row, cells=cells, remarks=remarks))


def _fitted(cells: Sequence[str], width: int) -> tuple[str, ...]:
    """So many cells; more only where a further one is filled."""
    filled = max((at for at, cell in enumerate(cells, 1) if cell), default=0)
    kept = tuple(cells[: max(width, filled)])
    return kept + ("",) * (width - len(kept))
