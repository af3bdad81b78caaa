"""How late the event loop is while others work."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from bot.clock import monotonic

STEP_SECS = 0.005


class LoopLag:
    """The worst of it."""

    def __init__(self) -> None:
        self.worst_ms = 0.0

    @contextmanager
    def watched(self) -> Iterator[None]:
        """From here to the end of the block."""
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()

    async def _watch(self) -> None:
        while True:
            before = monotonic()
            await asyncio.sleep(STEP_SECS)
            self.worst_ms = max(self.worst_ms, (monotonic() - before - STEP_SECS) * 1000)
