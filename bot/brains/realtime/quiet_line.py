"""Whether the caller's line is quiet, and for how long it has been. Plain code: the audio is the
clock.
"""

from bot.media.g711 import BYTES_PER_MS
from processors.listening.level_gate import QUIETEST_DB
from processors.sound import CallerSound

QUIET_RMS = round(32768 * 10 ** (QUIETEST_DB / 20))  # of 32768: what is softer is nobody's speech
CLICK_MS = 40  # loud for no longer than this: a click of the line, and no word


class QuietLine:
    """Follows the line of one call."""

    def __init__(self) -> None:
        self._loud_ms = 0.0  # on end, up to now
        self._quiet_ms = 0.0  # since what may have been a word, clicks included

    def hear(self, sound: CallerSound) -> bool:
        """More of the line has come; whether it is quiet."""
        ms = len(sound.ulaw) / BYTES_PER_MS
        self._quiet_ms += ms
        if sound.rms < QUIET_RMS:
            self._loud_ms = 0.0
            return True
        self._loud_ms += ms
        if self._loud_ms > CLICK_MS:
            self._quiet_ms = 0.0
        return False

    @property
    def quiet_secs(self) -> float:
        """How long nothing in it can have been a word."""
        return self._quiet_ms / 1000
