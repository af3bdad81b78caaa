"""Where the listener is in what we have sent: arithmetic over marks, no clock of its own.

Positions count milliseconds of agent sound since the stream began; times are seconds of any
monotonic clock. The carrier buffers what it is sent and plays it in order; a mark comes back when
everything before it has been played, and every outstanding mark comes back at once after a
`clear`, played or not (Twilio, Media Streams websocket messages).

A carrier far away plays what it is sent later, and is told later to drop it, by the same time: so
the position at which a `clear` sent now finds the listener is that of the clock since the sound
was sent. Marks say whether it really went that way.
"""

from collections import deque
from dataclasses import dataclass

from bot.carriers.leg import Point
from bot.carriers.twilio.mark_delay import MarkDelay


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark(Point):
    """A named point in the sound sent."""

    name: str
    due_at: float  # when it would come back from a carrier next door


class Playback:
    """Follows one stream: `sent`, `mark`, `mark_returned`, `cleared`, and what was heard."""

    def __init__(self) -> None:
        self._sent_ms = 0.0
        self._clock_ms = 0.0  # by the clock, the listener was at this position ...
        self._clock_at = 0.0  # ... at this time
        self._heard_ms = 0.0  # at least, whatever is learnt of the delay of marks
        self._proven_ms = 0.0  # the position of the last mark that came back
        self._outstanding: deque[Mark] = deque()
        self._cleared: set[str] = set()
        self._marks_made = 0
        self._delay = MarkDelay()

    @property
    def sent_ms(self) -> float:
        """The position after the last sound sent (what a clear dropped is not counted)."""
        return self._sent_ms

    @property
    def idle(self) -> bool:
        """Nothing is waiting to be played, as far as marks tell."""
        return not self._outstanding

    @property
    def unproven_ms(self) -> float:
        """How much sound was sent of which no mark has told yet."""
        return self._sent_ms - self._proven_ms

    def heard_ms(self, now: float) -> float:
        """The position the listener will have reached if cut off now.

        It follows the clock, and gets past a mark that has not come back only for as long as marks
        usually take.
        """
        heard = self._by_clock(now) - self._delay.behind_ms
        if self._outstanding:
            heard = min(heard, self._outstanding[0].position_ms + self._delay.patience_ms)
        return max(self._heard_ms, min(heard, self._sent_ms))

    def ahead_ms(self, now: float) -> float:
        """How much sound the carrier still holds when what is sent now arrives."""
        return self._sent_ms - self._by_clock(now)

    def sent(self, duration_ms: float, now: float) -> None:
        """This much sound has just been handed to the carrier."""
        if self._by_clock(now) >= self._sent_ms:
            self._run_begins(now)
        self._sent_ms += duration_ms

    def mark(self, utterance_id: str | None, now: float) -> Mark:
        """A mark at the current position, to be sent after the sound before it."""
        self._marks_made += 1
        mark = Mark(
            name=str(self._marks_made),
            position_ms=self._sent_ms,
            due_at=now + self.ahead_ms(now) / 1000.0,
            utterance_id=utterance_id,
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
        heard_ms = self.heard_ms(now)
        played = []
        while True:
            mark = self._outstanding.popleft()
            played.append(mark)
            if mark.name == name:
                break
        self._proven_ms = mark.position_ms
        self._heard_ms = max(heard_ms, mark.position_ms)
        if mark.position_ms > self._by_clock(now):
            self._clock_ms, self._clock_at = mark.position_ms, now
        self._delay.came_back((now - mark.due_at) * 1000.0)
        return played

    def cleared(self, now: float) -> float:
        """The carrier was told to drop what it holds: returns the position heard.

        Sound sent from here on starts at that position.
        """
        heard = self.heard_ms(now)
        self._cleared.update(mark.name for mark in self._outstanding)
        self._outstanding.clear()
        self._sent_ms = self._heard_ms = self._proven_ms = heard
        self._run_begins(now)
        return heard

    def _by_clock(self, now: float) -> float:
        return min(self._clock_ms + (now - self._clock_at) * 1000.0, self._sent_ms)

    def _run_begins(self, now: float) -> None:
        self._clock_ms, self._clock_at = self._sent_ms, now
        self._delay.run_begins()
