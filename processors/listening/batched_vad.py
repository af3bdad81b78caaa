"""Windows of all calls, scored together: one run of the model for many costs half as much."""

import asyncio
from collections.abc import Callable
from weakref import WeakKeyDictionary

from loguru import logger

from processors.listening.silero import WINDOW_SAMPLES, SileroStream, score

GATHER_SECS = 0.016  # a window waits this long for company: the price is paid by every onset
MOST_AT_ONCE = 32  # the gain is had by then, and nobody else on the loop waits for more than 1 ms

OnScored = Callable[[float], None]


class BatchedVad:
    """Listens to the streams of one event loop."""

    _ears: "WeakKeyDictionary[asyncio.AbstractEventLoop, BatchedVad]" = WeakKeyDictionary()

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: dict[SileroStream, OnScored] = {}
        self._awake = False  # it will look at those waiting
        self._failed = False

    @classmethod
    def of_this_loop(cls) -> "BatchedVad":
        """The detector that all calls of the running event loop share."""
        loop = asyncio.get_running_loop()
        ear = cls._ears.get(loop)
        if ear is None:
            ear = cls._ears[loop] = cls(loop)
        return ear

    def listen(self, stream: SileroStream, on_scored: OnScored) -> None:
        """A window of it is ready: calls back soon with its speech probability, and with that of
        each window that is ready by then. `on_scored` must not raise."""
        self._waiting[stream] = on_scored
        if not self._awake:
            self._awake = True
            self._loop.call_later(GATHER_SECS, self._score_some)

    def _score_some(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for rate in WINDOW_SAMPLES:
            streams = [stream for stream in waiting if stream.sample_rate == rate]
            for later in streams[MOST_AT_ONCE:]:
                self._waiting[later] = waiting[later]
            self._score(streams[:MOST_AT_ONCE], waiting)
        self._awake = bool(self._waiting)
        if self._awake:
            self._loop.call_soon(self._score_some)

    def _score(self, streams: list[SileroStream], on_scored: dict[SileroStream, OnScored]) -> None:
        if not streams:
            return
        try:
            probabilities = score(streams)
        except Exception:  # deaf for 32 ms, or for good: but no call may end of it
            if not self._failed:
                self._failed = True
                logger.exception(
                    "the voice detector failed; it tells of this once",
                    event="voice_detector_failed",
                )
            return
        for stream, probability in zip(streams, probabilities, strict=True):
            on_scored[stream](probability)
            if stream.ready:
                self._waiting[stream] = on_scored[stream]
