"""What is to be done later: plain timers, turned by whoever knows the time."""

import heapq
import itertools
from collections.abc import Callable

Action = Callable[[], None]


class Agenda:
    """Actions in the order of their time, in seconds of one monotonic clock."""

    def __init__(self) -> None:
        self._entries: list[tuple[float, int, Action]] = []
        self._order = itertools.count()

    @property
    def next_at(self) -> float | None:
        return self._entries[0][0] if self._entries else None

    def add(self, at_secs: float, action: Action) -> None:
        heapq.heappush(self._entries, (at_secs, next(self._order), action))

    def pop_due(self, now_secs: float) -> Action | None:
        """The earliest action whose time has come, or None."""
        if self._entries and self._entries[0][0] <= now_secs:
            return heapq.heappop(self._entries)[2]
        return None
