"""What a simulated line carries, made beforehand: 20 ms frames of μ-law, base64.

A caller's line is never digitally silent: it has the faint noise of a quiet telephone line, at
-60 dB of full scale. A service gains by it only if it knows how soft speech may be. Once a second
there is a marker: one frame of a loud tone whose pitch is the caller's number (see `marker`).
"""

import base64
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from bot.media.g711 import BYTES_PER_MS, SILENCE, pcm_to_ulaw, ulaw_to_pcm

LINE_HZ = 8000
FRAME_MS = 20
FRAME_BYTES = FRAME_MS * BYTES_PER_MS
FRAMES_A_SEC = 1000 // FRAME_MS

LOWEST_HZ = 500  # pitch of caller 0; the band of a telephone line ends near 3400
PITCH_STEP_HZ = 8
MAX_CALLERS = 350
_MARKER_PEAK = 20000
_NOISE_RMS = 30  # of 32768: -60 dBFS
_AUDIBLE_PEAK = 600


@dataclass(frozen=True, kw_only=True)
class Speech:
    """Something a caller says."""

    frames: tuple[str, ...]  # base64 payloads, 20 ms each
    onset: int  # index of the first frame in which it can be heard


def marker_hz(number: int) -> float:
    """The pitch of this caller's marker. Raises ValueError beyond `MAX_CALLERS`."""
    if not 0 <= number < MAX_CALLERS:
        raise ValueError(f"callers are numbered from 0 to {MAX_CALLERS - 1}, not {number}")
    return LOWEST_HZ + PITCH_STEP_HZ * number


def number_of(pitch_hz: float) -> int | None:
    """Whose marker has this pitch, within half a step; None when it is nobody's."""
    number = round((pitch_hz - LOWEST_HZ) / PITCH_STEP_HZ)
    return number if 0 <= number < MAX_CALLERS else None


@lru_cache(maxsize=MAX_CALLERS)
def marker(number: int) -> str:
    """One frame of this caller's tone."""
    moments = np.arange(FRAME_BYTES) / LINE_HZ
    return _payload(np.sin(2 * np.pi * marker_hz(number) * moments) * _MARKER_PEAK)


@lru_cache(maxsize=1)
def line_noise() -> tuple[str, ...]:
    """One second of a quiet line, the same every time."""
    noise = np.random.default_rng(8000).normal(0.0, _NOISE_RMS, (FRAMES_A_SEC, FRAME_BYTES))
    return tuple(_payload(frame) for frame in noise)


def speech(ulaw: bytes) -> Speech:
    """Recorded or rendered words, ready to be sent. Raises ValueError when nothing is audible."""
    padded = ulaw + bytes([SILENCE]) * (-len(ulaw) % FRAME_BYTES)
    frames = [padded[at : at + FRAME_BYTES] for at in range(0, len(padded), FRAME_BYTES)]
    peaks = [int(np.abs(np.frombuffer(ulaw_to_pcm(f), "<i2").astype(int)).max()) for f in frames]
    onset = next((index for index, peak in enumerate(peaks) if peak >= _AUDIBLE_PEAK), None)
    if onset is None:
        raise ValueError("there is nothing to hear in this speech")
    return Speech(frames=tuple(base64.b64encode(f).decode() for f in frames), onset=onset)


def _payload(samples: npt.NDArray[np.float64]) -> str:
    return base64.b64encode(pcm_to_ulaw(samples.astype("<i2").tobytes())).decode()
