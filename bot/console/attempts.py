"""How often people may try to sign in: plain code.

Failures count for the name that was tried, in whatever browser, and all tries together for the
machine. A browser that has signed in under a name before counts by itself: who guesses at a name
locks nobody out of their own browser.
"""

from collections import OrderedDict, deque

WINDOW_SECS = 600.0
MOST_FAILURES = 8  # of one name within the window
MOST_TRIES = 60  # of all names within a minute
_MINUTE_SECS = 60.0
_MOST_NAMES = 1000  # that are remembered; the oldest makes room


class Attempts:
    """Remembers tries of this process; `now` is `bot.clock.monotonic`."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._tries: deque[float] = deque()

    def wait_secs(self, who: str, now: float) -> float:
        """How long `who` has to wait before the next try; 0: it may be now."""
        _forget(self._tries, now - _MINUTE_SECS)
        if len(self._tries) >= MOST_TRIES:
            return self._tries[0] + _MINUTE_SECS - now
        failures = self._failures.get(who)
        if failures is None:
            return 0.0
        _forget(failures, now - WINDOW_SECS)
        return failures[0] + WINDOW_SECS - now if len(failures) >= MOST_FAILURES else 0.0

    def tried(self, now: float) -> None:
        """A password is about to be checked."""
        self._tries.append(now)

    def failed(self, who: str, now: float) -> None:
        """It was wrong."""
        self._failures.setdefault(who, deque(maxlen=MOST_FAILURES)).append(now)
        self._failures.move_to_end(who)
        if len(self._failures) > _MOST_NAMES:
            self._failures.popitem(last=False)

    def succeeded(self, who: str) -> None:
        """It was right."""
        self._failures.pop(who, None)


def _forget(times: deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()
