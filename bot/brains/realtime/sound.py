"""The forms sound takes on the way to the model: μ-law untouched, or PCM at another rate."""

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


def joined(sounds: list[CallerSound]) -> list[CallerSound]:
    """The same sound in one piece, if there is any."""
    if len(sounds) < 2:
        return sounds
    ulaw = b"".join([sound.ulaw for sound in sounds])
    payload = base64.b64encode(ulaw).decode()
    return [CallerSound(ulaw, payload, b"".join([sound.pcm for sound in sounds]))]


class SoundPath(Protocol):
    """Both directions of one session."""

    def to_model(self, sound: CallerSound) -> str:
        """The caller's sound, base64, as the session takes it."""
        ...

    def from_model(self, sound: bytes) -> bytes:
        """The model's sound, as μ-law at 8 kHz."""
        ...

    def begins(self) -> None:
        """What comes next of the model's sound is no continuation of what came before."""
        ...


class Untouched:
    """μ-law at 8 kHz: the caller's payload goes on as it came."""

    def to_model(self, sound: CallerSound) -> str:
        return sound.payload

    def from_model(self, sound: bytes) -> bytes:
        return sound

    def begins(self) -> None:
        """Nothing is kept from one sound to the next."""


class Resampled:
    """PCM for a model that does not speak μ-law, at so many times 8 kHz `to` it and `back`."""

    def __init__(self, *, to: int = 3, back: int = 3) -> None:
        self._up = Upsampler(to)
        self._back = back
        self._down = Downsampler(back)

    def to_model(self, sound: CallerSound) -> str:
        return base64.b64encode(self._up.feed(ulaw_to_pcm(sound.ulaw))).decode()

    def from_model(self, sound: bytes) -> bytes:
        return pcm_to_ulaw(self._down.feed(sound))

    def begins(self) -> None:
        """The end of something that was cut is not heard as a click before the next."""
        self._down = Downsampler(self._back)


def sound_path(sound: SoundFormat) -> SoundPath:
    """The path for what a session settled on."""
    match sound:
        case "ulaw":
            return Untouched()
        case "pcm":
            return Resampled()
        case "pcm_16_24":
            return Resampled(to=2)
        case "pcm_16":
            return Resampled(to=2, back=2)
