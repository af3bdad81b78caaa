"""What the caller's microphone picks up beside the caller: the agent's voice, and the room."""

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

from bot.media.g711 import pcm_to_ulaw, ulaw_to_pcm

LINE_HZ = 8000
_LEAST_DELAY_MS = 20.0  # one chunk of the line: what is played now is not heard before

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Levels are dB: of the echo against the agent as the caller hears it, of the background
    against its file, which a loop repeats from the start of the call."""

    echo_db: float | None = None  # None: no echo
    echo_delay_ms: float = 160.0  # from the caller's ear into the microphone
    background: bytes = b""  # μ-law; see `sound_file`
    background_db: float = 0.0

    def __post_init__(self) -> None:
        """Raises ValueError for an echo that comes sooner than a line can carry it."""
        if self.echo_delay_ms < _LEAST_DELAY_MS:
            least, got = _LEAST_DELAY_MS, self.echo_delay_ms
            raise ValueError(f"echo_delay_ms must be {least:g} or more, not {got:g}")

    @property
    def silent(self) -> bool:
        """Nothing but the caller is to be heard."""
        return self.echo_db is None and not self.background

    def around(self, said: bytes, *, start_ms: float, echo: bytes) -> bytes:
        """What the microphone picks up while the caller says this. `echo` is what they heard
        `echo_delay_ms` before, of the same length."""
        if self.silent:
            return said
        heard = _samples(said)
        if self.echo_db is not None:
            heard += _samples(echo) * _factor(self.echo_db)
        if self.background:
            at = np.arange(len(said)) + round(start_ms * LINE_HZ / 1000)
            noise = np.frombuffer(self.background, np.uint8)[at % len(self.background)]
            heard += _samples(noise.tobytes()) * _factor(self.background_db)
        return pcm_to_ulaw(np.clip(heard, -32768, 32767).round().astype("<i2").tobytes())


def sound_file(path: Path) -> bytes:
    """A WAV file (16-bit, any rate, the first channel of it) as μ-law for a line."""
    with wave.open(str(path)) as file:
        if file.getsampwidth() != 2:
            raise ValueError(f"{path} has {file.getsampwidth() * 8} bits a sample; 16 are needed")
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        first = samples[:: file.getnchannels()].astype(np.float32)
        narrow = soxr.resample(first, file.getframerate(), LINE_HZ)
    return pcm_to_ulaw(np.clip(narrow, -32768, 32767).astype("<i2").tobytes())


def _samples(ulaw: bytes) -> Samples:
    return np.frombuffer(ulaw_to_pcm(ulaw), "<i2").astype(np.float32)


def _factor(db: float) -> float:
    return float(10 ** (db / 20))
