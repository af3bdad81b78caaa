"""What one sheet of a packed spreadsheet is like, beside the values in its cells: plain data."""

from dataclasses import dataclass, field

from bot.batches.reading.tables import MAX_AREA


@dataclass(kw_only=True)
class Survey:
    """What one sheet is like. Rows and columns are counted from 1."""

    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    formulas: dict[int, list[int]] = field(default_factory=dict)  # row: columns; not those of texts
    struck: dict[int, set[int]] = field(default_factory=dict)  # row: columns with a line through
    coloured: set[int] = field(default_factory=set)  # rows with a cell that has a colour of its own
    comments: dict[int, list[tuple[int, str]]] = field(default_factory=dict)  # row: column and text
    first: tuple[int, int] | None = None  # row and column of the corner before all that is filled
    last: tuple[int, int] = (0, 0)  # of the one after it

    def fill(self, row: int, column: int, *, rows: int = 1, columns: int = 1) -> None:
        """So many cells from here on hold something."""
        top, left = self.first or (row, column)
        self.first = (min(top, row), min(left, column))
        bottom, right = self.last
        self.last = (max(bottom, row + rows - 1), max(right, column + columns - 1))

    def strike(self, row: int, column: int, *, rows: int = 1, columns: int = 1) -> None:
        """So many cells from here on are struck through."""
        if rows * columns <= MAX_AREA:
            for line in range(row, row + rows):
                self.struck.setdefault(line, set()).update(range(column, column + columns))

    def comment(self, row: int, column: int, text: str) -> None:
        """The comments that were written beside a cell."""
        self.comments.setdefault(row, []).append((column, text))

    @property
    def area(self) -> int:
        """How many cells there are from the first to the last, empty ones too."""
        if self.first is None:
            return 0
        return (self.last[0] - self.first[0] + 1) * (self.last[1] - self.first[1] + 1)


def column_letters(column: int) -> str:
    """As a spreadsheet writes them: A is 1, AA is 27."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
