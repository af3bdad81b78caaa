"""When somebody at a microphone speaks, by how loud it is. Plain code: the sound is the clock."""

from collections import deque

from bot.media.g711 import BYTES_PER_MS, loudness
from processors.listening.level_gate import level_db

SPOKEN_DB = -45.0  # a microphone whose noise the browser has taken out is softer in a pause
PAUSE_MS = 700  # so long it is soft between two things that are said
BEFORE_MS = 200  # of what came before it was loud: words begin softly


class SpeechGate:
    """Lets through what is said, with the short pauses in it."""

    def __init__(self) -> None:
        self._before: deque[bytes] = deque()
        self._before_bytes = 0
        self._soft_ms: float | None = None  # for so long; None: nothing is being said

    def hear(self, ulaw: bytes) -> list[bytes | None]:
        """What is to be heard now that this has come; None: something is said to its end."""
        ms = len(ulaw) / BYTES_PER_MS
        loud = level_db(loudness(ulaw)) >= SPOKEN_DB
        if self._soft_ms is None:
            self._keep(ulaw)
            if not loud:
                return []
            self._soft_ms = 0.0
            pieces: list[bytes | None] = list(self._before)
            self._before.clear()
            self._before_bytes = 0
            return pieces
        self._soft_ms = 0.0 if loud else self._soft_ms + ms
        if self._soft_ms < PAUSE_MS:
            return [ulaw]
        self._soft_ms = None
        return [ulaw, None]

    def _keep(self, ulaw: bytes) -> None:
        self._before.append(ulaw)
        self._before_bytes += len(ulaw)
        while self._before_bytes - len(self._before[0]) >= BEFORE_MS * BYTES_PER_MS:
            self._before_bytes -= len(self._before.popleft())
