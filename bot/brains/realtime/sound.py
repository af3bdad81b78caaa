"""The two forms sound takes on the way to the model: μ-law untouched, or PCM at 24 kHz."""

import base64
from typing import Protocol

from bot.brains.config import SoundFormat
from bot.brains.realtime.events import AgentSound
from bot.media.g711 import pcm_to_ulaw, ulaw_to_pcm
from bot.media.resample import Downsampler, Upsampler
from processors.sound import CallerSound

PIECE_CHARS = 64 * 1024  # of base64, six seconds of μ-law: some tenths of a millisecond of work


def pieces(sound: AgentSound) -> list[AgentSound]:
    """The same sound in pieces that take no time to speak of, mostly in one; at least one."""
    payload, step = sound.payload, PIECE_CHARS
    return [
        AgentSound(utterance_id=sound.utterance_id, payload=payload[at : at + step])
        for at in range(0, max(1, len(payload)), step)
    ]


class SoundPath(Protocol):
    """Both directions of one session."""

    def to_model(self, sound: CallerSound) -> str:
        """The caller's sound, base64, as the session takes it."""
        ...

    def from_model(self, sound: bytes) -> bytes:
        """The model's sound, as μ-law at 8 kHz."""
        ...


class Untouched:
    """μ-law at 8 kHz: the caller's payload goes on as it came."""

    def to_model(self, sound: CallerSound) -> str:
        return sound.payload

    def from_model(self, sound: bytes) -> bytes:
        return sound


class Resampled:
    """PCM at 24 kHz, for a model that does not speak μ-law."""

    def __init__(self) -> None:
        self._up = Upsampler()
        self._down = Downsampler()

    def to_model(self, sound: CallerSound) -> str:
        return base64.b64encode(self._up.feed(ulaw_to_pcm(sound.ulaw))).decode()

    def from_model(self, sound: bytes) -> bytes:
        return pcm_to_ulaw(self._down.feed(sound))


def sound_path(sound: SoundFormat) -> SoundPath:
    """The path for what a session settled on."""
    return Untouched() if sound == "ulaw" else Resampled()
