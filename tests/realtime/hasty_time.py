"""A clock that runs faster than the wall's: real sockets and threads, timers that fire early."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any


class HastySelector(selectors.DefaultSelector):
    """Waits a fraction of what it is asked to."""

    def __init__(self, times: float) -> None:
        super().__init__()
        self._times = times

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(timeout and timeout / self._times)


class HastyLoop(asyncio.SelectorEventLoop):
    """An event loop whose seconds are shorter than ours."""

    def __init__(self, times: float) -> None:
        self._times = times
        super().__init__(HastySelector(times))

    def time(self) -> float:
        return super().time() * self._times


def hastily(story: Coroutine[Any, Any, None], *, times: float = 10.0) -> None:
    """Runs the coroutine with timers that fire so many times as early."""
    with asyncio.Runner(loop_factory=lambda: HastyLoop(times)) as runner:
        runner.run(story)
