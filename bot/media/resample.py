"""8 kHz to 16 or 24 kHz and back, with 1.5 ms of delay, for a model that does not speak μ-law.

A streaming polyphase filter: no blocks, so no sound is held back and none is lost at the end.
"""

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

_SLOW_HZ = 8000
_PHASE = 25  # taps a phase, at 8 kHz
_CUTOFF_HZ = 3700.0


@cache
def _low_pass(ratio: int) -> npt.NDArray[np.float32]:
    """A windowed-sinc low pass at so many times 8 kHz, with unity gain and a delay of 1.5 ms.

    Zeros after its odd number of taps make phases of equal length.
    """
    delay = 12 * ratio
    n = np.arange(2 * delay + 1) - delay
    taps = np.sinc(2 * _CUTOFF_HZ / (ratio * _SLOW_HZ) * n) * np.kaiser(len(n), 6.0)
    zeros = np.zeros(_PHASE * ratio - len(n))
    return np.append(taps / taps.sum(), zeros).astype(np.float32)


def _to_pcm(samples: npt.NDArray[Any]) -> bytes:
    sound: bytes = np.clip(np.rint(samples), -32768, 32767).astype("<i2").tobytes()
    return sound


class Upsampler:
    """16-bit PCM at 8 kHz in, `ratio` times as many samples at that rate out, at once."""

    def __init__(self, ratio: int = 3) -> None:
        self._phases = _low_pass(ratio).reshape(-1, ratio).T * ratio
        self._history = np.zeros(_PHASE - 1, np.float32)

    def feed(self, pcm: bytes) -> bytes:
        """The sound so far; every call returns exactly `ratio` samples for each one given."""
        if not pcm:
            return b""
        joined = np.concatenate([self._history, np.frombuffer(pcm, "<i2").astype(np.float32)])
        self._history = joined[len(joined) - len(self._history) :]
        columns = [np.convolve(joined, phase, "valid") for phase in self._phases]
        return _to_pcm(np.stack(columns, axis=1).ravel())


class Downsampler:
    """16-bit PCM at `ratio` times 8 kHz in, its low-passed form at 8 kHz out."""

    def __init__(self, ratio: int = 3) -> None:
        self._ratio = ratio
        self._taps = _low_pass(ratio)
        self._history = np.zeros(len(self._taps) - 1, np.float32)
        self._skip = 0  # samples to pass over before the next one kept
        self._half = b""  # of a sample whose other byte has not come

    def feed(self, pcm: bytes) -> bytes:
        """The sound so far; over a whole stream, one for each `ratio` samples given.

        A piece may end inside a sample.
        """
        pcm = self._half + pcm
        whole = len(pcm) & ~1
        self._half = pcm[whole:]
        samples = np.frombuffer(pcm[:whole], "<i2").astype(np.float32)
        if not len(samples):
            return b""
        joined = np.concatenate([self._history, samples])
        self._history = joined[len(joined) - len(self._history) :]
        kept = np.convolve(joined, self._taps, "valid")[self._skip :: self._ratio]
        self._skip = (self._skip - len(samples)) % self._ratio
        return _to_pcm(kept)
