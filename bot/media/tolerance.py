"""How much nonsense a socket may carry before it is given up: plain code, time as an argument.

A message that cannot be read is dropped, and so are bursts of them: what counts is whether
anything else still comes through. A socket is broken when 5 s on end bring more nonsense than
sense, or when a flood leaves no sense at all.
"""

SLICE_SECS = 0.5
SPOILED_SLICES = 10  # running, each with more unreadable than readable messages: 5 s
SPOILED_FROM = 5  # unreadable messages in a slice: a socket that is silent otherwise may have some
FLOOD = 500  # unreadable messages in one slice with nothing readable between them


class Tolerance:
    """Judges one socket, from what it is told of each message."""

    def __init__(self) -> None:
        self._began_at = float("-inf")  # of the slice under way
        self._readable = 0
        self._unreadable = 0
        self._running = 0  # unreadable ones since the last that could be read
        self._spoiled = 0  # slices running
        self.broken = False

    def readable(self) -> None:
        """Counts a message that could be read."""
        self._readable += 1
        self._running = 0

    def unreadable(self, now_secs: float) -> None:
        """Counts an unreadable message, at this moment of any steady clock."""
        if now_secs - self._began_at >= SLICE_SECS:
            self._close_slice(now_secs)
        self._unreadable += 1
        self._running += 1
        if self._running > FLOOD or self._spoiled >= SPOILED_SLICES:
            self.broken = True

    def _close_slice(self, now_secs: float) -> None:
        followed = now_secs - self._began_at < 2 * SLICE_SECS  # else a slice without any between
        spoiled = self._unreadable >= SPOILED_FROM and self._unreadable > self._readable
        self._spoiled = self._spoiled + 1 if followed and spoiled else 0
        self._began_at = now_secs
        self._readable = self._unreadable = self._running = 0
