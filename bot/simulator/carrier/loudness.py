"""Where in a piece of μ-law there is something to hear."""

import numpy as np
from numpy.typing import NDArray

from bot.media.g711 import SILENCE, ulaw_to_pcm
from bot.simulator.caller import HeardSpan
from bot.simulator.recording import BYTES_PER_MS

FRAME_MS = 20
AUDIBLE_PEAK = 300  # of 32768, about -40 dBFS: below it lie room noise and comfort noise

_MAGNITUDE: NDArray[np.int32] = np.abs(
    np.frombuffer(ulaw_to_pcm(bytes(range(256))), dtype="<i2").astype(np.int32)
)


def audible_spans(ulaw: bytes, start_ms: float = 0.0) -> list[HeardSpan]:
    """Stretches whose 20 ms frames reach `AUDIBLE_PEAK`; adjoining frames make one stretch."""
    frame = FRAME_MS * BYTES_PER_MS
    padded = ulaw + bytes([SILENCE]) * (-len(ulaw) % frame)
    peaks = _MAGNITUDE[np.frombuffer(padded, dtype=np.uint8)].reshape(-1, frame).max(axis=1)
    end_ms = start_ms + len(ulaw) / BYTES_PER_MS
    spans: list[HeardSpan] = []
    for index in np.flatnonzero(peaks >= AUDIBLE_PEAK):
        first_ms = start_ms + float(index) * FRAME_MS
        last_ms = min(first_ms + FRAME_MS, end_ms)
        if spans and spans[-1].end_ms == first_ms:
            spans[-1] = HeardSpan(spans[-1].start_ms, last_ms)
        else:
            spans.append(HeardSpan(first_ms, last_ms))
    return spans
