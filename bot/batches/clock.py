"""What time it is, for whatever asks when somebody may be called."""

from datetime import datetime, timedelta
from typing import Protocol

from bot.clock import utcnow


class Clock(Protocol):
    """A demonstration or a test may let the hours pass faster than they do."""

    def now(self) -> datetime:
        """An aware time."""
        ...


class SystemClock:
    """The time of day."""

    def now(self) -> datetime:
        return utcnow()


class LeapingClock:
    """Goes as fast as time does, from a time of its own, and leaps when it is told to."""

    def __init__(self, begin: datetime) -> None:
        self._ahead: timedelta = begin - utcnow()

    def now(self) -> datetime:
        return utcnow() + self._ahead

    def leap(self, to: datetime) -> None:
        """Never back."""
        self._ahead += max(timedelta(0), to - self.now())
