"""The carrier's playback buffer of one caller: arithmetic only, whoever uses it brings the time.

Sound plays in the order it came, from the moment it comes or from the end of what is buffered. A
mark is due when everything before it has played; `clear` drops what has not and makes every mark
due (Twilio, Media Streams). Times are seconds of one clock.
"""

from collections import deque


class Earpiece:
    """One buffer, and whether it ran dry in the middle of a sentence."""

    def __init__(self) -> None:
        self._empty_at = 0.0
        self._mid_utterance = False
        self._marks: deque[tuple[float, str]] = deque()

    def play(self, duration_ms: float, *, ends_loud: bool, now: float) -> float:
        """Buffers sound. Returns the silence in ms that the caller heard before it and should not
        have: the buffer was dry, and what had played last broke off while it was loud.
        """
        gap_secs = now - self._empty_at
        underrun_ms = gap_secs * 1000 if gap_secs > 0 and self._mid_utterance else 0.0
        self._empty_at = max(now, self._empty_at) + duration_ms / 1000
        self._mid_utterance = ends_loud
        return underrun_ms

    def mark(self, name: str, now: float) -> None:
        """Asks to be told (`pop_due`) when all that is buffered now has played."""
        self._marks.append((max(now, self._empty_at), name))

    def pop_due(self, now: float) -> list[str]:
        """Marks whose time has come, in order, each once."""
        due = []
        while self._marks and self._marks[0][0] <= now:
            due.append(self._marks.popleft()[1])
        return due

    @property
    def next_due(self) -> float | None:
        """When the first outstanding mark is due."""
        return self._marks[0][0] if self._marks else None

    def clear(self, now: float) -> None:
        """Drops what has not played; every outstanding mark becomes due."""
        self._marks = deque((now, name) for _, name in self._marks)
        self._empty_at = min(self._empty_at, now)
        self._mid_utterance = False

    def buffered_ms(self, now: float) -> float:
        """How much is still to be played."""
        return max(0.0, self._empty_at - now) * 1000
