"""Makes a trace of each call of this process, by reading the feed."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from opentelemetry.trace import Tracer

from bot.calls.feed import Began, Item, Over
from bot.clock import utcnow
from bot.store import CallRecord, StoreError
from bot.tasks import TaskSet
from bot.traces.call_trace import CallTrace

RECORD_SECS = 2.0  # for the record of a call that is over: its trace ends without it

RecordOf = Callable[[str], Awaitable[CallRecord | None]]


class Spans(Protocol):
    """Where spans go (`Export`)."""

    def tracer_of(self, call_id: str) -> Tracer: ...

    async def close(self) -> None: ...


class Traces:
    """Those of all calls. `words` says whether what was said, and tools were given, is in them."""

    def __init__(self, spans: Spans, *, record_of: RecordOf, words: bool) -> None:
        self._spans = spans
        self._record_of = record_of
        self._words = words
        self._calls: dict[str, CallTrace] = {}
        self._ending = TaskSet()

    def take(self, item: Item) -> None:
        """Something has happened in a call. What comes after its end is left out."""
        if isinstance(item, Began):
            tracer = self._spans.tracer_of(item.call_id)
            self._calls[item.call_id] = CallTrace(tracer, item, words=self._words)
        elif isinstance(item, Over):
            if (trace := self._calls.pop(item.call_id, None)) is not None:
                self._ending.start(self._end(trace, item.call_id, item.at))
        elif (trace := self._calls.get(item.call_id)) is not None:
            trace.take(item)

    async def _end(self, trace: CallTrace, call_id: str, at: datetime) -> None:
        record = None
        with contextlib.suppress(StoreError, TimeoutError):
            async with asyncio.timeout(RECORD_SECS):
                record = await self._record_of(call_id)
        trace.end(record, at)

    async def close(self) -> None:
        """Ends all of them, and sends what is left."""
        await self._ending.wait()
        for trace in self._calls.values():
            trace.end(None, utcnow())
        self._calls.clear()
        await self._spans.close()
