"""Whether sound is loud enough to be the caller's: neither the agent's echo nor the room's. Plain
code.

Levels are dB of full scale, of 20 ms and the like. The audio is the clock.
"""

import math
from collections import deque
from functools import lru_cache

SILENT_DB = -90.0
QUIETEST_DB = -48.0  # speech softer than this cannot be understood on a telephone line
SENT_DB = -60.0  # from here on the agent can be heard, and so can its echo

# What may come back of the agent's sound, against the loudest sent within the delay of an echo.
# A call begins with the worst that a line does (an echo at -20 dB), and learns what this one does.
MOST_ECHO_DB, LEAST_ECHO_DB = -14.0, -50.0
_ECHO_MARGIN_DB = 6.0
# A caller who cuts in is no louder echo: by the time they are heard it has risen by 2 dB.
_ECHO_RISES_DB, _ECHO_FALLS_DB = 12.0, 6.0  # a second

_NOISE_MARGIN_DB = 6.0
_NOISE_RISES_DB = 3.0  # a second; it falls at once
_NOISE_MOST_DB = -32.0
_QUIET_LINE_DB = QUIETEST_DB - _NOISE_MARGIN_DB  # of noise below this nothing need be learnt

# A voice this far below the loudest syllables of the caller is another one.
BACKGROUND_DB = 18.0
_CALLER_FALLS_DB = 0.5  # a second of softer speech: they may have put the telephone down
_SPEECH = 0.5  # the probability from which sound may tell how loud the caller is

_SYLLABLE = 6  # pieces of 20 ms: between two syllables the level falls
_ECHO = 22  # pieces: the delay of an echo, over which the loudest of both sides are compared


@lru_cache(maxsize=8192)  # asked for a hundred times a second in each call, mostly the same
def level_db(rms: float) -> float:
    """The level of a root mean square of 16-bit samples, in dB of full scale."""
    return 20.0 * math.log10(rms / 32768.0) if rms > 1.0 else SILENT_DB


class LevelGate:
    """Knows the levels of one line: of the caller, of the agent's echo, and of the noise."""

    def __init__(self) -> None:
        self._syllable: deque[float] = deque(maxlen=_SYLLABLE)
        self._recent: deque[float] = deque(maxlen=_ECHO)
        self._sent_db = SILENT_DB
        self._echo_db = MOST_ECHO_DB
        self._noise_db = _QUIET_LINE_DB
        self._caller_db: float | None = None  # their loudest syllables, once they have spoken
        self._soft_pieces = 0  # on end, up to now, in which there can be no speech

    @property
    def floor_db(self) -> float:
        """The level below which sound is not the caller's, in dB."""
        floor_db = max(QUIETEST_DB, self._noise_db + _NOISE_MARGIN_DB)
        if self._caller_db is not None:
            floor_db = max(floor_db, self._caller_db - BACKGROUND_DB)
        if self._sent_db > SENT_DB:
            floor_db = max(floor_db, self._sent_db + self._echo_db)
        return floor_db

    @property
    def nobody_speaks(self) -> bool:
        """Whether all is too soft to be understood: what `weigh` makes of it is 0 in any case."""
        return self._soft_pieces >= _SYLLABLE

    def hear(self, rms: float, *, sent_rms: float, secs: float) -> None:
        """One piece of the line, and the loudest that was sent of what may echo in it."""
        level = level_db(rms)
        self._recent.append(level)
        self._syllable.append(level)
        self._soft_pieces = self._soft_pieces + 1 if level < QUIETEST_DB else 0
        self._sent_db = level_db(sent_rms)
        if self._sent_db > SENT_DB:
            self._learn_echo(secs)
        elif level > _QUIET_LINE_DB or self._noise_db > _QUIET_LINE_DB:
            risen_db = self._noise_db + _NOISE_RISES_DB * secs
            self._noise_db = max(_QUIET_LINE_DB, min(level, risen_db, _NOISE_MOST_DB))

    def weigh(self, probability: float, *, secs: float) -> float:
        """The probability that the caller speaks in a window of that speech probability."""
        level = max(self._syllable, default=SILENT_DB)
        is_loud = level >= self.floor_db
        if probability >= _SPEECH:
            self._learn_caller(level, secs, is_loud=is_loud)
        return probability if is_loud else 0.0

    def _learn_echo(self, secs: float) -> None:
        seen_db = max(self._recent) - self._sent_db + _ECHO_MARGIN_DB
        step_db = min(_ECHO_RISES_DB * secs, max(-_ECHO_FALLS_DB * secs, seen_db - self._echo_db))
        self._echo_db = min(MOST_ECHO_DB, max(LEAST_ECHO_DB, self._echo_db + step_db))

    def _learn_caller(self, level: float, secs: float, *, is_loud: bool) -> None:
        if self._caller_db is None:
            self._caller_db = level if is_loud else None
        elif level > self._caller_db:
            self._caller_db += 0.5 * (level - self._caller_db)
        elif is_loud or self._sent_db <= SENT_DB:
            self._caller_db -= _CALLER_FALLS_DB * secs
