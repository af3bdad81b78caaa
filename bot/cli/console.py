"""What all commands share: where they write, how they run, how they give up."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

from rich.console import Console

T = TypeVar("T")

PIPE_COLUMNS = 240

# Into a pipe goes every column whole; a terminal gets what fits.
out = Console(width=None if sys.stdout.isatty() else PIPE_COLUMNS)
errors = Console(stderr=True)


def give_up(why: str, *, code: int = 2) -> NoReturn:
    """One line on stderr, and the end of the process."""
    errors.print(f"trunkline: {why}", style="red", highlight=False, markup=False, soft_wrap=True)
    sys.exit(code)


def run(work: Coroutine[Any, Any, T]) -> T:
    """The work, on the fastest loop there is."""
    try:
        import uvloop
    except ImportError:  # Windows
        return asyncio.run(work)
    return uvloop.run(work)
