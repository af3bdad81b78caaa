"""The demo on a terminal: what happened above, how far it is below. Plain lines elsewhere."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from bot.gauge import bar, in_words, legend, slices
from bot.simulator.demo.stand import Stand


class Board(Stand):
    """An ordinary context manager; within it, `progress` shows how far things are."""

    def __init__(self, console: Console | None = None) -> None:
        super().__init__(console)
        self._told = ""

    def command(self, *arguments: str) -> None:
        """What a sender would type now."""
        self._console.print()
        self.text(f"$ trunkline {' '.join(arguments)}", style="bold")

    def happened(self, at: datetime, name: str, what: str) -> None:
        """Something became of somebody."""
        line = Text.assemble((f"{at:%a %H:%M}  ", "dim"), (f"{name:<24}  ", "bold"), what)
        self._console.print(line)

    def progress(self, status: Mapping[str, Any], at: datetime) -> None:
        """How far the batch is at this moment, by the dialler's clock."""
        parts = slices(status["outcomes"], status["states"])
        done = f"  {status['concluded']} of {status['contacts']}"
        if self._live.is_started:
            clock = Text(
                f"{at:%A %H:%M} in New York   {len(status['live'])} calls under way", "dim"
            )
            self._live.update(Group(bar(parts) + Text(done), legend(parts), clock), refresh=True)
            return
        if (words := in_words(parts)) != self._told:
            self._told = words
            self.text(f"{at:%a %H:%M}  {status['state']}{done}: {words}", style="dim")

    def settled(self) -> None:
        """There is no progress to be shown any more."""
        if self._live.is_started:
            self._live.update(Text(), refresh=True)

    def verdicts(self, rows: Sequence[tuple[str, ...]]) -> None:
        """Name, story, expected, what came, calls, and what is wrong with it."""
        table = Table("", "contact", "story", "expected", "came", "calls", box=None, pad_edge=False)
        for name, story, expected, came, calls, wrong in rows:
            good = not wrong
            mark = Text("✓", "green") if good else Text("✗", "bold red")
            shown = came if good else f"{came}: {wrong}"
            table.add_row(mark, name, story, expected, Text(shown, "" if good else "red"), calls)
        with self._console.capture() as drawn:
            self._console.print(table)
        for line in drawn.get().splitlines():
            self._console.out(line.rstrip(), highlight=False)
