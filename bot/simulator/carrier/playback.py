"""The playback buffer at the caller's end of a stream: arithmetic only, the caller brings the time.

Media plays in the order it came, 8 bytes a millisecond, from the moment it arrives or from the
end of what is still buffered. A mark is due when everything before it has played, at once if
nothing is buffered. `clear` drops what has not played and makes every outstanding mark due.
Source: Twilio, Media Streams, WebSocket messages. All times are ms on one clock.
"""

from collections import deque
from collections.abc import Sequence

from bot.simulator.caller import HeardSpan
from bot.simulator.carrier.loudness import audible_spans
from bot.simulator.recording import BYTES_PER_MS, Segment


class LinePlayback:
    """One buffer, and the memory of all it has played."""

    def __init__(self) -> None:
        self._segments: list[Segment] = []
        self._sounds: list[HeardSpan] = []
        self._marks: deque[tuple[float, str]] = deque()
        self._empty_at_ms = 0.0

    def add(self, ulaw: bytes, now_ms: float) -> None:
        """Buffer more sound."""
        if not ulaw:
            return
        start_ms = max(now_ms, self._empty_at_ms)
        segment = Segment(start_ms=start_ms, ulaw=ulaw)
        self._segments.append(segment)
        self._empty_at_ms = segment.end_ms
        for span in audible_spans(ulaw, start_ms):
            self._add_sound(span)

    def mark(self, name: str, now_ms: float) -> None:
        """Ask to be told (see `pop_due`) when all that is buffered now has played."""
        self._marks.append((max(now_ms, self._empty_at_ms), name))

    def pop_due(self, now_ms: float) -> list[str]:
        """Names of the marks whose time has come, in the order they were set; each once."""
        due: list[str] = []
        while self._marks and self._marks[0][0] <= now_ms:
            due.append(self._marks.popleft()[1])
        return due

    @property
    def next_due_ms(self) -> float | None:
        """When the first outstanding mark is due."""
        return self._marks[0][0] if self._marks else None

    def clear(self, now_ms: float) -> float:
        """Drop what has not played; all outstanding marks become due. Returns the ms dropped."""
        dropped_ms = self.buffered_ms(now_ms)
        while self._segments and self._segments[-1].start_ms >= now_ms:
            self._segments.pop()
        if self._segments and self._segments[-1].end_ms > now_ms:
            last = self._segments.pop()
            played = last.ulaw[: round((now_ms - last.start_ms) * BYTES_PER_MS)]
            self._segments.append(Segment(start_ms=last.start_ms, ulaw=played))
        self._sounds = list(self.sounds(now_ms))
        self._marks = deque((now_ms, name) for _, name in self._marks)
        self._empty_at_ms = min(self._empty_at_ms, now_ms)
        return dropped_ms

    def buffered_ms(self, now_ms: float) -> float:
        """How much is still to be played."""
        return max(0.0, self._empty_at_ms - now_ms)

    def sounds(self, now_ms: float) -> Sequence[HeardSpan]:
        """Audible stretches played by now, oldest first; one that is playing ends now."""
        started = [span for span in self._sounds if span.start_ms < now_ms]
        if started and started[-1].end_ms > now_ms:
            started[-1] = HeardSpan(started[-1].start_ms, now_ms)
        return started

    def last_sound(self, now_ms: float) -> HeardSpan | None:
        """The newest audible stretch that has begun by now, as `sounds` would end with it."""
        for span in reversed(self._sounds):
            if span.start_ms < now_ms:
                return HeardSpan(span.start_ms, min(span.end_ms, now_ms))
        return None

    def played(self, now_ms: float) -> list[Segment]:
        """Everything played by now (the last piece may reach beyond `now_ms`)."""
        return [segment for segment in self._segments if segment.start_ms < now_ms]

    def _add_sound(self, span: HeardSpan) -> None:
        if self._sounds and span.start_ms - self._sounds[-1].end_ms < 1.0:
            span = HeardSpan(self._sounds.pop().start_ms, span.end_ms)
        self._sounds.append(span)
