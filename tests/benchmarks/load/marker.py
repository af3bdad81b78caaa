"""Finding callers' markers in the sound the model is sent, whatever form it has taken."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.media.g711 import ulaw_to_pcm
from tests.benchmarks.load.sound import LINE_HZ, number_of

_LOUD = 6000  # of 32768: markers reach 20000, line noise 150
_QUIET_BEFORE = LINE_HZ * 60 // 1000  # samples of quiet before a marker; words mostly have less
_WINDOW = LINE_HZ * 15 // 1000  # samples of the tone that are looked at
_PURITY = 0.9  # share of a marker's energy around its pitch; of speech it is less
_FFT = 4096
_PEAK_BINS = 75  # half the width of a tone's peak, seen through so short a window

_ALL_CODES = bytes(range(256))
_LEVELS = np.abs(np.frombuffer(ulaw_to_pcm(_ALL_CODES), "<i2").astype(np.int32))
_QUIET_CODES = bytes(code for code in _ALL_CODES if _LEVELS[code] < _LOUD)
_HANN = np.hanning(_WINDOW)

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A marker."""

    number: int  # the caller whose it is
    at: float  # when its first sound came, as given to `hear`


class MarkerEar:
    """Listens to one stream of sound: feed it pieces as they come, of any length."""

    def __init__(self, *, pcm_24k: bool = False) -> None:
        """`pcm_24k`: 16-bit PCM at 24 kHz; otherwise μ-law at 8 kHz."""
        self._pcm_24k = pcm_24k
        self._skip = 0  # at 24 kHz: samples to pass over before the next one kept
        self._quiet = _QUIET_BEFORE  # samples at 8 kHz since the last loud one
        self._burst: Samples | None = None
        self._at = 0.0

    def hear(self, sound: bytes, at: float) -> Heard | None:
        """The marker this piece completes, if any; `at` is when the piece came, in seconds."""
        if self._burst is None and not self._pcm_24k and not sound.translate(None, _QUIET_CODES):
            self._quiet += len(sound)  # nearly every piece: no loud code in it
            return None
        samples = self._at_8k(sound)
        if self._burst is not None:
            self._burst = np.concatenate([self._burst, samples])
        elif (first := self._begins(samples)) is not None:
            self._burst, self._at = samples[first:], at
        if self._burst is None or len(self._burst) < _WINDOW:
            return None
        burst, self._burst = self._burst, None
        self._quiet = len(burst) - 1 - int(_loud(burst)[-1])
        number = _whose(burst[:_WINDOW])
        return None if number is None else Heard(number=number, at=self._at)

    def _begins(self, samples: Samples) -> int | None:
        """Where in these samples a sound begins that has quiet before it."""
        loud = _loud(samples)
        if not len(loud):
            self._quiet += len(samples)
            return None
        quiet_before = self._quiet + int(loud[0])
        self._quiet = len(samples) - 1 - int(loud[-1])
        return int(loud[0]) if quiet_before >= _QUIET_BEFORE else None

    def _at_8k(self, sound: bytes) -> Samples:
        if not self._pcm_24k:
            return np.frombuffer(ulaw_to_pcm(sound), "<i2")
        wide = np.frombuffer(sound[: len(sound) & ~1], "<i2")
        kept = wide[self._skip :: 3]  # it came from a telephone line: there is nothing to alias
        self._skip = (self._skip - len(wide)) % 3
        return kept


def _loud(samples: Samples) -> npt.NDArray[np.intp]:
    return np.flatnonzero((samples >= _LOUD) | (samples <= -_LOUD))


def _whose(tone: Samples) -> int | None:
    power = np.abs(np.fft.rfft(tone * _HANN, _FFT)) ** 2
    peak = int(power.argmax())
    if power[max(0, peak - _PEAK_BINS) : peak + _PEAK_BINS].sum() < _PURITY * power.sum():
        return None
    return number_of(peak * LINE_HZ / _FFT)
