"""8 kHz to 24 kHz and back with 1.5 ms of delay, for a model that does not speak μ-law.

A streaming polyphase filter: no blocks, so no sound is held back and none is lost at the end.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

_RATIO = 3
_TAPS = 75  # 25 a phase at 8 kHz
_CUTOFF_HZ = 3700.0
_FAST_HZ = 24000.0


def _low_pass() -> npt.NDArray[np.float32]:
    """A windowed-sinc low pass at 24 kHz with unity gain and a delay of 36 samples (1.5 ms).

    Two zeros after its 73 taps make three phases of equal length.
    """
    n = np.arange(_TAPS - 2) - 36
    taps = np.sinc(2 * _CUTOFF_HZ / _FAST_HZ * n) * np.kaiser(len(n), 6.0)
    return np.append(taps / taps.sum(), [0.0, 0.0]).astype(np.float32)


_TAPS_24K = _low_pass()


def _to_pcm(samples: npt.NDArray[Any]) -> bytes:
    sound: bytes = np.clip(np.rint(samples), -32768, 32767).astype("<i2").tobytes()
    return sound


class Upsampler:
    """16-bit PCM at 8 kHz in, three times as many samples at 24 kHz out, at once."""

    def __init__(self) -> None:
        self._phases = _TAPS_24K.reshape(-1, _RATIO).T * _RATIO
        self._history = np.zeros(_TAPS // _RATIO - 1, np.float32)

    def feed(self, pcm: bytes) -> bytes:
        """The sound so far; every call returns exactly 3 samples for each one given."""
        if not pcm:
            return b""
        joined = np.concatenate([self._history, np.frombuffer(pcm, "<i2").astype(np.float32)])
        self._history = joined[len(joined) - len(self._history) :]
        columns = [np.convolve(joined, phase, "valid") for phase in self._phases]
        return _to_pcm(np.stack(columns, axis=1).ravel())


class Downsampler:
    """16-bit PCM at 24 kHz in, every third sample of its low-passed form at 8 kHz out."""

    def __init__(self) -> None:
        self._history = np.zeros(_TAPS - 1, np.float32)
        self._skip = 0  # samples to pass over before the next one kept
        self._half = b""  # of a sample whose other byte has not come

    def feed(self, pcm: bytes) -> bytes:
        """The sound so far; over a whole stream, a third of the samples given.

        A piece may end inside a sample.
        """
        pcm = self._half + pcm
        whole = len(pcm) & ~1
        self._half = pcm[whole:]
        samples = np.frombuffer(pcm[:whole], "<i2").astype(np.float32)
        if not len(samples):
            return b""
        joined = np.concatenate([self._history, samples])
        self._history = joined[len(joined) - (_TAPS - 1) :]
        kept = np.convolve(joined, _TAPS_24K, "valid")[self._skip :: _RATIO]
        self._skip = (self._skip - len(samples)) % _RATIO
        return _to_pcm(kept)
