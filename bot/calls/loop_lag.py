"""How late the event loop runs: what every call in this process feels."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.calls.stalls import Stalls
from bot.clock import monotonic
from bot.metrics import LOOP_LAG

BEAT_SECS = 0.1
MEMORY_SECS = 2.0  # a stall is remembered this long
HICCUPS = 4  # so many late beats in that time close no door: a collection of garbage, a file


class LoopLag:
    """Measures the loop's lag while `beat` runs; who holds the loop up is told in `stalls`."""

    def __init__(self) -> None:
        self._lags_ms: deque[float] = deque(maxlen=round(MEMORY_SECS / BEAT_SECS))
        self._due_at: float | None = None  # the next beat, by `bot.clock.monotonic`
        self.stalls = Stalls(due_at=lambda: self._due_at)

    @property
    def lag_ms(self) -> float:
        """How late the loop was in the last seconds, its few worst moments left out."""
        return sorted(self._lags_ms)[-HICCUPS - 1] if len(self._lags_ms) > HICCUPS else 0.0

    @asynccontextmanager
    async def beating(self) -> AsyncIterator["LoopLag"]:
        """Measures, and watches who holds up the loop, for as long as this is entered."""
        task = asyncio.create_task(self.beat())
        try:
            with self.stalls.watched():
                yield self
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def beat(self) -> None:
        """Measures until cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                due = loop.time() + BEAT_SECS
                self._due_at = monotonic() + BEAT_SECS
                await asyncio.sleep(BEAT_SECS)
                late_secs = max(0.0, loop.time() - due)
                self._lags_ms.append(late_secs * 1000)
                LOOP_LAG.observe(late_secs)
        finally:
            self._due_at = None
