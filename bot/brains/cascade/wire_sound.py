"""Sound on its way to and from the services: PCM of any rate there, μ-law at 8 kHz here."""

from typing import Any

import numpy as np
import soxr

from bot.media.g711 import pcm_to_ulaw, ulaw_to_pcm

LINE_HZ = 8000


class ToService:
    """The caller's μ-law as 16-bit PCM at this rate, without gaps between its pieces."""

    def __init__(self, rate_hz: int) -> None:
        self._stream = _stream(LINE_HZ, rate_hz)

    def feed(self, ulaw: bytes) -> bytes:
        """More of it."""
        pcm = ulaw_to_pcm(ulaw)
        return pcm if self._stream is None else _resampled(self._stream, pcm)

    def rest(self) -> bytes:
        """What the resampler still held: the turn is over."""
        if self._stream is None:
            return b""
        rest = _resampled(self._stream, b"", last=True)
        self._stream.clear()
        return rest


class FromService:
    """A service's 16-bit PCM, at whatever rate its pieces have, as μ-law at 8 kHz.

    At 8 kHz it is μ-law of the same samples; at others the last few milliseconds come with `rest`.
    """

    def __init__(self) -> None:
        self._rate_hz = LINE_HZ
        self._stream: Any = None
        self._half = b""  # of a sample whose other byte has not come

    def feed(self, pcm: bytes, rate_hz: int) -> bytes:
        """More of it."""
        before = b""
        if rate_hz != self._rate_hz:
            before = self.rest()
            self._rate_hz, self._stream = rate_hz, _stream(rate_hz, LINE_HZ)
        pcm = self._half + pcm
        whole = len(pcm) & ~1
        self._half, pcm = pcm[whole:], pcm[:whole]
        if self._stream is not None:
            pcm = _resampled(self._stream, pcm)
        return before + pcm_to_ulaw(pcm)

    def rest(self) -> bytes:
        """What was held back: all of it has come."""
        self._half = b""
        if self._stream is None:
            return b""
        rest = pcm_to_ulaw(_resampled(self._stream, b"", last=True))
        self._stream.clear()
        return rest


def _stream(from_hz: int, to_hz: int) -> Any:
    if from_hz == to_hz:
        return None
    return soxr.ResampleStream(from_hz, to_hz, 1, dtype="int16", quality="MQ")


def _resampled(stream: Any, pcm: bytes, *, last: bool = False) -> bytes:
    samples = np.frombuffer(pcm, "<i2").astype(np.int16)
    resampled: bytes = stream.resample_chunk(samples, last=last).astype("<i2").tobytes()
    return resampled
