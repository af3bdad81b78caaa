"""What the record says of the caller: when they spoke, and what they typed. Plain code.

The model's ear tells of turns, padded: from some 300 ms before the first sound to the silence that
ended them. Ours knows when sound began and fell silent.
"""

from collections import deque
from datetime import datetime

from bot.brains.brain import CallLog
from bot.clock import utcnow

MOST_STRETCHES = 200  # of speech; the words of a turn come soon after it


class Spoken:
    """The stretches of speech of one call."""

    def __init__(self) -> None:
        self._stretches: deque[tuple[datetime, datetime]] = deque(maxlen=MOST_STRETCHES)
        self._began_at: datetime | None = None

    def began(self, at: datetime) -> None:
        """Our ear has heard them since then."""
        self._began_at = at

    def ended(self, at: datetime) -> None:
        """It heard them until then."""
        if self._began_at is not None:
            self._stretches.append((self._began_at, at))
            self._began_at = None

    def within(self, started_at: datetime, ended_at: datetime) -> tuple[datetime, datetime]:
        """When they were heard in this turn; the turn itself, where our ear heard nothing in it."""
        stretches = list(self._stretches)
        if self._began_at is not None:
            stretches.append((self._began_at, ended_at))
        heard = [
            (max(began, started_at), min(end, ended_at))
            for began, end in stretches
            if began < ended_at and end > started_at
        ]
        if not heard:
            return started_at, ended_at
        return min(began for began, _ in heard), max(end for _, end in heard)


class TypedKeys:
    """The keys of one call, a number at a time."""

    def __init__(self) -> None:
        self._keys = ""
        self._began_at: datetime | None = None
        self._typed = 0  # numbers so far

    def goes_on(self, keys: str) -> None:
        """These are all the keys of this number so far."""
        self._keys = keys
        self._began_at = self._began_at or utcnow()

    def end(self, log: CallLog) -> tuple[str, str]:
        """No more of them come: notes what was typed, if anything was. Returns the turn's key and
        its words."""
        if self._began_at is None:
            return "", ""
        self._typed += 1
        key, text = f"keys_{self._typed}", f"[The caller typed {self._keys} on the keypad.]"
        log.caller_said(key=key, text=text, started_at=self._began_at, ended_at=utcnow())
        self._keys, self._began_at = "", None
        return key, text
