"""The demo on a terminal: rows above, what goes on at this moment below. Plain lines elsewhere."""

from collections.abc import Iterable, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from bot.clock import monotonic
from bot.simulator.demo.rows import TimelineRow, Who
from bot.simulator.demo.stand import Stand

NOTE_WIDTH = 20
BEAT_SECS = 0.3  # how long a picture of what goes on stays the same
STYLES = {
    Who.LINE: "dim",
    Who.AGENT: "bright_cyan",
    Who.CALLER: "bright_yellow",
    Who.CALLEE: "bright_yellow",
    Who.TOOL: "magenta",
    Who.CUT: "bold red",
}


class Screen(Stand):
    """An ordinary context manager; within it, `now` shows what is only true for the moment."""

    def __init__(self, console: Console | None = None) -> None:
        super().__init__(console)
        self._spinner = Spinner("dots")

    def title(self, text: str, about: str) -> None:
        """A new story begins."""
        self._console.print()
        self._console.print(Rule(Text(text, style="bold"), align="left", style="dim"))
        self.text(f"{about}\n", style="dim")

    def rows(self, rows: Iterable[TimelineRow]) -> None:
        """Things that have happened."""
        for row in rows:
            self._print(_drawn(row))

    def facts(self, facts: Iterable[tuple[str, str]]) -> None:
        """How a story ended: names and values."""
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", min_width=10)
        table.add_column(overflow="fold")
        for name, value in facts:
            table.add_row(name, Text(value))
        self._print(Padding(table, (1, 0, 0, 0)))

    def now(self, happening: Sequence[TimelineRow], waiting_for: str = "") -> None:
        """What is true at this moment; replaces what was said of the moment before."""
        if not self._live.is_started:
            return
        dots = "." * (1 + int(monotonic() / BEAT_SECS) % 3)
        drawn: list[RenderableType] = [_drawn(row, fleeting=dots) for row in happening]
        if waiting_for:
            self._spinner.update(text=Text(waiting_for, style="dim"))
            drawn.append(self._spinner)
        self._live.update(Group(*drawn), refresh=True)

    def _print(self, drawn: RenderableType) -> None:
        if self._console.is_terminal:
            self._console.print(drawn)
            return
        with self._console.capture() as padded:
            self._console.print(drawn)
        for line in padded.get().splitlines():
            self._console.out(line.rstrip(), highlight=False)


def _drawn(row: TimelineRow, *, fleeting: str = "") -> RenderableType:
    style = STYLES[row.who]
    line = Table.grid(padding=(0, 1), expand=True)
    line.add_column(width=7, style="dim", justify="right")
    line.add_column(width=8, style=style if row.who is not Who.LINE else "dim")
    line.add_column(ratio=1, overflow="fold")
    line.add_column(width=NOTE_WIDTH, style="dim", justify="right")
    text_style = style if row.who in (Who.LINE, Who.CUT, Who.TOOL) else ""
    text = Text(row.text + fleeting, style="dim italic" if fleeting else text_style)
    line.add_row(_clock(row.at_secs), row.who.value, text, row.note)
    return line


def _clock(at_secs: float | None) -> str:
    if at_secs is None:
        return ""
    return f"{int(at_secs // 60)}:{at_secs % 60:04.1f}"
