"""What happened in a call, and when; and waiting until it has."""

import asyncio
from collections.abc import Callable, Mapping
from typing import NamedTuple


class Event(NamedTuple):
    """One thing that happened."""

    t: float  # seconds since the call began
    kind: str  # a slug: "status", "webhook", "clear", "caller_says"...
    detail: Mapping[str, object]


class Timeline:
    """Events in the order they happened. `watcher` is told of each as it happens."""

    def __init__(self, watcher: Callable[[Event], None] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._began_at = self._loop.time()
        self._watcher = watcher
        self._waiting: list[asyncio.Event] = []
        self.events: list[Event] = []

    @property
    def now_secs(self) -> float:
        """Seconds since the call began."""
        return self._loop.time() - self._began_at

    def note(self, kind: str, /, **detail: object) -> Event:
        """Write down what happens now."""
        event = Event(self.now_secs, kind, detail)
        self.events.append(event)
        for waiting in self._waiting:
            waiting.set()
        if self._watcher:
            self._watcher(event)
        return event

    def of(self, kind: str) -> list[Event]:
        """All events of one kind so far."""
        return [event for event in self.events if event.kind == kind]

    async def news(self) -> None:
        """Returns when something more has happened."""
        told = asyncio.Event()
        self._waiting.append(told)
        try:
            await told.wait()
        finally:
            self._waiting.remove(told)

    async def wait_for(self, kind: str, *, count: int = 1, timeout_secs: float = 10.0) -> Event:
        """The `count`-th event of this kind, now or when it comes; TimeoutError if it does not."""
        news = asyncio.Event()
        self._waiting.append(news)
        try:
            async with asyncio.timeout(timeout_secs):
                while len(found := self.of(kind)) < count:
                    news.clear()
                    await news.wait()
            return found[count - 1]
        except TimeoutError:
            seen = ", ".join(event.kind for event in self.events) or "nothing"
            raise TimeoutError(
                f"{kind!r} did not happen {count} time(s) in {timeout_secs} s; so far: {seen}"
            ) from None
        finally:
            self._waiting.remove(news)
