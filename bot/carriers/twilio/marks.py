"""Where the listener is in what we have sent: arithmetic over marks, no clock of its own.

Positions count milliseconds of agent sound since the stream began; times are seconds of any
monotonic clock. The carrier buffers what it is sent and plays it in order; a mark comes back when
everything before it has been played, and every outstanding mark comes back at once after a
`clear`, played or not (Twilio, Media Streams websocket messages).
"""

from collections import deque
from dataclasses import dataclass

from bot.carriers.leg import Point


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark(Point):
    """A named point in the sound sent."""

    name: str


class Playback:
    """Follows one stream: `sent`, `mark`, `mark_returned`, `cleared`, and what was heard."""

    def __init__(self) -> None:
        self._sent_ms = 0.0
        self._known_ms = 0.0  # a position known to have been reached ...
        self._known_at = 0.0  # ... at this time
        self._outstanding: deque[Mark] = deque()
        self._cleared: set[str] = set()
        self._marks_made = 0

    @property
    def sent_ms(self) -> float:
        """The position behind the last sound sent (what a clear dropped is not counted)."""
        return self._sent_ms

    @property
    def idle(self) -> bool:
        """Nothing is waiting to be played, as far as marks tell."""
        return not self._outstanding

    def heard_ms(self, now: float) -> float:
        """The position the listener has reached: never past a mark that has not come back."""
        ceiling = self._outstanding[0].position_ms if self._outstanding else self._sent_ms
        return min(self._known_ms + (now - self._known_at) * 1000.0, ceiling)

    def ahead_ms(self, now: float) -> float:
        """How much sound the carrier still holds."""
        return self._sent_ms - self.heard_ms(now)

    def sent(self, duration_ms: float, now: float) -> None:
        """This much sound has just been handed to the carrier."""
        if self._known_ms >= self._sent_ms or self.heard_ms(now) >= self._sent_ms:
            self._known_ms, self._known_at = self._sent_ms, now
        self._sent_ms += duration_ms

    def mark(self, utterance_id: str | None = None) -> Mark:
        """A mark at the current position, to be sent behind the sound before it."""
        self._marks_made += 1
        mark = Mark(
            name=str(self._marks_made), position_ms=self._sent_ms, utterance_id=utterance_id
        )
        self._outstanding.append(mark)
        return mark

    def mark_returned(self, name: str, now: float) -> list[Mark]:
        """The marks this echo proves played, in order; none for one cleared, unknown or repeated.

        An echo also proves the marks before it, should theirs have been lost.
        """
        if name in self._cleared:
            self._cleared.discard(name)
            return []
        if not any(mark.name == name for mark in self._outstanding):
            return []
        played = []
        while True:
            mark = self._outstanding.popleft()
            played.append(mark)
            if mark.name == name:
                break
        self._known_ms, self._known_at = played[-1].position_ms, now
        return played

    def cleared(self, now: float) -> float:
        """The carrier was told to drop what it holds: returns the position heard.

        Sound sent from here on starts at that position.
        """
        heard = self.heard_ms(now)
        self._cleared.update(mark.name for mark in self._outstanding)
        self._outstanding.clear()
        self._sent_ms = self._known_ms = heard
        self._known_at = now
        return heard
