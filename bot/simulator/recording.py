"""What a call sounded like: both directions on one clock, and the WAV made of them.

A track is G.711 μ-law at 8 kHz; byte 0 is the moment the call was answered, 8 bytes are 1 ms.
"""

import io
import wave
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.media.g711 import SILENCE, ulaw_to_pcm

BYTES_PER_MS = 8
SAMPLE_RATE = 8000


@dataclass(frozen=True, kw_only=True)
class Segment:
    """Sound that was played from `start_ms` on without a gap."""

    start_ms: float
    ulaw: bytes

    @property
    def end_ms(self) -> float:
        return self.start_ms + len(self.ulaw) / BYTES_PER_MS


@dataclass(frozen=True, kw_only=True)
class Heard:
    """Both sides of a call as the caller's end of the line had them; tracks of equal length."""

    caller: bytes  # what the caller said
    agent: bytes  # what the caller heard: cleared sound is not in it

    @property
    def duration_ms(self) -> float:
        return len(self.caller) / BYTES_PER_MS

    def since(self, start_ms: float) -> "Heard":
        """The same call from `start_ms` on."""
        first = max(0, round(start_ms * BYTES_PER_MS))
        return Heard(caller=self.caller[first:], agent=self.agent[first:])


def lay_out(segments: Iterable[Segment], length: int) -> bytes:
    """One track of `length` bytes: each segment at its time, silence between them."""
    track = bytearray([SILENCE]) * length
    for segment in segments:
        first = round(segment.start_ms * BYTES_PER_MS)
        sound = segment.ulaw[: max(0, length - first)]
        track[first : first + len(sound)] = sound
    return bytes(track)


def stereo_wav(heard: Heard) -> bytes:
    """A WAV file, 16-bit 8 kHz: the caller left, the agent right."""
    both = np.stack([_samples(heard.caller), _samples(heard.agent)], axis=1)
    return _wav(both, channels=2)


def stereo_mp3(heard: Heard) -> bytes | None:
    """An MP3 file of the same channels; None where no encoder is installed."""
    try:
        import lameenc
    except ImportError:
        return None
    encoder = lameenc.Encoder()
    encoder.set_channels(2)
    encoder.set_in_sample_rate(SAMPLE_RATE)
    encoder.set_bit_rate(32)
    encoder.set_quality(7)
    encoder.silence()
    both = np.stack([_samples(heard.caller), _samples(heard.agent)], axis=1)
    return bytes(encoder.encode(both.astype("<i2").tobytes()) + encoder.flush())


def mono_wav(heard: Heard) -> bytes:
    """A WAV file, 16-bit 8 kHz, with both sides mixed into one channel."""
    both = _samples(heard.caller).astype(np.int32) + _samples(heard.agent)
    return _wav(np.clip(both, -32768, 32767).astype(np.int16), channels=1)


def _samples(ulaw: bytes) -> NDArray[np.int16]:
    return np.frombuffer(ulaw_to_pcm(ulaw), dtype="<i2")


def _wav(samples: NDArray[np.int16], *, channels: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()
