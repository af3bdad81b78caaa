"""How loud what was sent is while its echo may come back. Plain code, no clock of its own."""

from collections import deque

from bot.media.g711 import BYTES_PER_MS, loudness

ECHO_SECS = 0.45  # from the listener's ear back to ours; 400 ms are the worst that is reported
_PIECE = 20 * BYTES_PER_MS


class SentSound:
    """The audio sent recently, by when it plays. Times are seconds of any steady clock."""

    def __init__(self) -> None:
        self._pieces: deque[tuple[float, float, int]] = deque()  # from, until, loudness
        self.way_secs = 0.0  # to the carrier and back, if it is far: echoes come later by as much

    def sent(self, ulaw: bytes, *, starts_at: float) -> None:
        """Notes that this audio will play from this time on."""
        loudest = max(loudness(ulaw[at : at + _PIECE]) for at in range(0, len(ulaw), _PIECE))
        self._pieces.append((starts_at, starts_at + len(ulaw) / BYTES_PER_MS / 1000, loudest))

    def cleared(self, now: float) -> None:
        """Drops the audio that has not been played yet: it was cleared at the carrier."""
        while self._pieces and self._pieces[-1][0] >= now:
            self._pieces.pop()
        if self._pieces and self._pieces[-1][1] > now:
            starts_at, _, loudest = self._pieces.pop()
            self._pieces.append((starts_at, now, loudest))

    def loudest(self, now: float) -> int:
        """The loudest 20 ms that may echo in what is heard now: a root mean square, of 32768."""
        pieces = self._pieces
        while pieces and pieces[0][1] < now - ECHO_SECS - self.way_secs:
            pieces.popleft()
        loudest = 0
        for starts_at, _, loud in pieces:  # fifty times a second: no generator
            if starts_at <= now and loud > loudest:
                loudest = loud
        return loudest
