"""What a demo is shown on: lines that stay, and below them what is only true for the moment."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live

WIDEST = 120  # lines longer than this are hard to follow with the eye
PLAIN_WIDTH = 110  # where there is no terminal to ask


class Stand:
    """An ordinary context manager. `_live` is started within it, on a terminal alone."""

    def __init__(self, console: Console | None = None) -> None:
        console = console or Console()
        width = console.width if console.is_terminal else PLAIN_WIDTH
        console.width = min(width, WIDEST)
        self._console = console
        self._live = Live(
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def text(self, text: str, style: str = "") -> None:
        """Lines of their own."""
        self._console.print(text, style=style, highlight=False, markup=False)
