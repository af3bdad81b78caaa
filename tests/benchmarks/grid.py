"""A table that can be shown in a terminal and written into a document."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Cells are text; the first column is a label, the others are figures."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.head) for row in self.rows):
            raise ValueError(f"every row needs {len(self.head)} cells")

    def rich(self, title: str) -> Table:
        """For a terminal."""
        table = Table(title=title or None, title_justify="left")
        for index, name in enumerate(self.head):
            table.add_column(name, justify="left" if index == 0 else "right")
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        """For a document."""
        rule = [":--", *("--:" for _ in self.head[1:])]
        lines = [self.head, rule, *self.rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)
