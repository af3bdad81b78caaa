"""What happens in calls, as it happens, for those who watch: words as they grow, tools, states.

A call never waits for a watcher. One that is slow loses the oldest of what it has not taken, and is
told how much. The journal is no watcher: it is given everything first.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from loguru import logger

from bot.calls.legs import TransferOutcome
from bot.calls.outcome import Ending
from bot.calls.state import Stage
from bot.clock import utcnow
from bot.store import Direction, Role

MOST_WAITING = 500  # items that a watcher has not taken: minutes of one call, seconds of a hundred


@dataclass(frozen=True, kw_only=True)
class Item:
    """Something that happened in a call."""

    call_id: str
    at: datetime = field(default_factory=utcnow)


@dataclass(frozen=True, kw_only=True)
class Began(Item):
    """This process has the call from now on, or goes on with it: the first that is told of it."""

    agent: str
    direction: Direction


@dataclass(frozen=True, kw_only=True)
class ModelSession(Item):
    """A session of a model was asked for, and is open or could not be had."""

    brain: str
    provider: str  # by its name in OpenTelemetry's conventions for generative AI
    model: str
    asked_at: datetime
    failed: str  # why it could not be had, a slug; empty: it is open


@dataclass(frozen=True, kw_only=True)
class ModelSessionLost(Item):
    """The session broke off, or was given up; another is asked for if there is one to be had."""

    expected: bool = False  # its time was up


@dataclass(frozen=True, kw_only=True)
class Moved(Item):
    """The call stands elsewhere now."""

    stage: Stage
    connected: bool  # the caller's stream is here
    ending: Ending | None  # None: it goes on
    transfer: TransferOutcome | None  # None: nobody was dialled, or it is not known yet


@dataclass(frozen=True, kw_only=True)
class Words(Item):
    """What one side is saying: all of its words so far; the agent's may come before their sound."""

    who: Role
    key: str  # of the turn, as in the record; the `Said` that ends it has the same
    text: str


@dataclass(frozen=True, kw_only=True)
class Said(Item):
    """A turn is over: what was recognised, or what was heard of the agent."""

    who: Role
    key: str
    text: str
    started_at: datetime
    ended_at: datetime
    interrupted: bool = False
    latency_ms: int | None = None  # of the agent: how long the caller waited for it


@dataclass(frozen=True, kw_only=True)
class Interrupted(Item):
    """The caller has cut in: the agent falls silent."""


@dataclass(frozen=True, kw_only=True)
class HoldBegan(Item):
    """The other side lets us wait: the model hears nothing."""

    by: str  # how that was known: model, words or music


@dataclass(frozen=True, kw_only=True)
class HoldEnded(Item):
    """A person is heard, or the call is over."""

    secs: float


@dataclass(frozen=True, kw_only=True)
class ToolStarted(Item):
    """The model has called a tool."""

    key: str  # as in the record
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ToolFinished(Item):
    """A tool has its result."""

    key: str
    result: Mapping[str, Any]
    ok: bool
    duration_ms: int | None  # None: it ended after its deadline


@dataclass(frozen=True, kw_only=True)
class TransferStep(Item):
    """Something has happened in putting the caller through."""

    step: str  # of `bot.store.announcing.STEPS`
    to: str  # of the agent's people; empty: the human of the line


@dataclass(frozen=True, kw_only=True)
class Over(Item):
    """All of the call is stored; nothing follows."""


@dataclass(frozen=True, kw_only=True)
class Lost:
    """So many items came while the watcher was busy, and are gone."""

    count: int


class Watcher:
    """Takes items with `async for`; that of one call ends with the call."""

    def __init__(self, call_id: str | None, most_waiting: int) -> None:
        self._call_id = call_id  # None: all calls
        self._waiting: deque[Item] = deque(maxlen=most_waiting)
        self._lost = 0
        self._came = asyncio.Event()
        self._over = False

    def take(self, item: Item) -> None:
        """Something has happened."""
        if self._call_id in (None, item.call_id):
            self._lost += len(self._waiting) == self._waiting.maxlen
            self._waiting.append(item)
            self._came.set()

    @property
    def has_more(self) -> bool:
        """Something waits to be taken."""
        return bool(self._waiting)

    def __aiter__(self) -> "Watcher":
        return self

    async def __anext__(self) -> Item | Lost:
        if self._over:
            raise StopAsyncIteration
        while not self._waiting:
            self._came.clear()
            await self._came.wait()
        if self._lost:
            lost, self._lost = Lost(count=self._lost), 0
            return lost
        item = self._waiting.popleft()
        self._over = self._call_id is not None and isinstance(item, Over)
        return item


class Feed:
    """What happens in all calls of this process."""

    def __init__(self) -> None:
        self._readers: set[Callable[[Item], None]] = set()

    @contextmanager
    def watch(
        self, call_id: str | None = None, *, most_waiting: int = MOST_WAITING
    ) -> Iterator[Watcher]:
        """Watches one call, or all, from now on and for as long as this is entered."""
        watcher = Watcher(call_id, most_waiting)
        with self.read(watcher.take):
            yield watcher

    @contextmanager
    def read(self, take: Callable[[Item], None]) -> Iterator[None]:
        """Hands every item of all calls to `take`, which must not wait, while this is entered."""
        self._readers.add(take)
        try:
            yield
        finally:
            self._readers.discard(take)

    def publish(self, item: Item) -> None:
        """Something has happened."""
        for take in tuple(self._readers):
            try:
                take(item)
            except Exception:  # a call does not suffer for one who watches it
                logger.exception("a reader of the feed failed", event="feed_reader_failed")
