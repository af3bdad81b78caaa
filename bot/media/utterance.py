"""What the agent says in one go, on its way to the listener: bytes and positions, no clock."""

from bot.media.g711 import BYTES_PER_MS, loudness

# After a hold the listener hears the last word again: from the quietest moment in this stretch
# before the position heard, which is most likely the gap before that word.
STEP_BACK_MS = (100, 300)
_GAP = 20 * BYTES_PER_MS


class OutgoingUtterance:
    """Sound in the order it came. What was sent is kept until it has surely been played."""

    def __init__(self, utterance_id: str) -> None:
        self.id = utterance_id
        self.complete = False  # no more sound will follow
        self.asks = False  # it ends in a question
        self.end_marked = False  # its end was sent, as far as it was not taken back
        self.began_at: float | None = None  # loop time; its first sound was heard then, or will be
        self.held_secs = 0.0  # silence of holds since its first sound
        self._sound = bytearray()
        self._dropped = 0  # bytes before those kept
        self._sent = 0  # bytes, from the first on
        self._heard_ms = 0.0  # at least, whatever was repeated since
        self._start_ms: float | None = None  # stream position of its first byte, if it were sent

    @property
    def unsent(self) -> bool:
        """Whether there is audio to send."""
        return self._sent < self._dropped + len(self._sound)

    @property
    def due(self) -> bool:
        """Whether there is anything to send: audio, or the end that follows it."""
        return self.unsent or (self.complete and not self.end_marked)

    def add(self, ulaw: bytes) -> None:
        """More of its sound has come."""
        self._sound += ulaw

    def take(self, count: int, *, position_ms: float) -> bytes:
        """The next bytes to send, at most `count`, to be played from that stream position on."""
        if self._start_ms is None:
            self._start_ms = position_ms - self._sent / BYTES_PER_MS
        at = self._sent - self._dropped
        chunk = bytes(self._sound[at : at + count])
        self._sent += len(chunk)
        return chunk

    def heard_ms(self, position_ms: float) -> float:
        """How much of it was heard when the listener has reached that stream position."""
        return max(self._heard_ms, self._offset_ms(position_ms))

    def unheard_ms(self, position_ms: float) -> float:
        """How much of the received audio is still unheard at this position."""
        return (self._dropped + len(self._sound)) / BYTES_PER_MS - self.heard_ms(position_ms)

    def played(self, position_ms: float) -> None:
        """The listener has surely reached that position: sound long past is forgotten."""
        past = int((self._offset_ms(position_ms) - STEP_BACK_MS[1]) * BYTES_PER_MS) - self._dropped
        if past > 0:
            del self._sound[:past]
            self._dropped += past

    def pause(self, position_ms: float) -> None:
        """All of it that was sent has been heard; what is still to come is sent later on."""
        self._heard_ms = self.heard_ms(position_ms)
        self._start_ms = None

    def take_back(self, position_ms: float) -> None:
        """What was sent beyond that position is gone: it will be sent again, a little before."""
        heard_ms = self._offset_ms(position_ms)
        self._heard_ms = max(self._heard_ms, heard_ms)
        if not self._heard_ms:
            self.began_at = None
        self._sent = self._word_before(int(heard_ms * BYTES_PER_MS))
        self._start_ms = None
        self.end_marked = False

    def _offset_ms(self, position_ms: float) -> float:
        if self._start_ms is None:
            return self._heard_ms
        return min(max(0.0, position_ms - self._start_ms), self._sent / BYTES_PER_MS)

    def _word_before(self, offset: int) -> int:
        """Where in the last stretch before this offset it is quietest; its start if it is near."""
        nearest, furthest = (offset - back * BYTES_PER_MS for back in STEP_BACK_MS)
        if nearest <= self._dropped:
            return self._dropped
        return min(
            range(nearest, max(self._dropped, furthest) - 1, -_GAP),
            key=lambda at: loudness(
                bytes(self._sound[at - self._dropped : at - self._dropped + _GAP])
            ),
        )
