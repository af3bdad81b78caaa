"""The formats that sessions ask for, and those that a model has turned out not to keep to."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from loguru import logger

from bot.brains.config import SoundFormat

# Source: OpenAI, Realtime API reference, `RealtimeAudioFormats`.
AS_ASKED: Mapping[SoundFormat, Mapping[str, Any]] = MappingProxyType(
    {
        "ulaw": {"type": "audio/pcmu"},
        "pcm": {"type": "audio/pcm", "rate": 24000},
        "pcm_16": {"type": "audio/pcm", "rate": 16000},  # of xAI and others; OpenAI has none
    }
)


class Formats:
    """Those of all sessions with one endpoint."""

    def __init__(self, allowed: tuple[SoundFormat, ...], *, echoed: bool = True) -> None:
        """`echoed`: the model's side tells back what it takes."""
        self.echoed = echoed
        self._allowed = allowed
        self._disbelieved: set[tuple[str, SoundFormat]] = set()  # by model

    @staticmethod
    def is_told(sound: SoundFormat, told: Mapping[str, Any]) -> bool:
        """Whether this is the format that the model's side tells back."""
        asked = AS_ASKED[sound]
        same_rate = told.get("rate") in (None, asked.get("rate"))
        return told.get("type") == asked["type"] and same_rate

    def of_model(self, model: str) -> tuple[SoundFormat, ...]:
        """What a session with this model may ask for, in this order."""
        return tuple(each for each in self._allowed if (model, each) not in self._disbelieved)

    def disbelieve(self, model: str, sound: SoundFormat) -> bool:
        """It has agreed to this one and sent another: sessions opened from here on do not ask for
        it. Returns whether they have another to ask for."""
        if (model, sound) not in self._disbelieved:
            self._disbelieved.add((model, sound))
            logger.error(
                "the model {} agrees to {} and sends another: its sessions use {} from now on",
                model,
                AS_ASKED[sound]["type"],
                " or ".join(AS_ASKED[each]["type"] for each in self.of_model(model)) or "none",
                event="sound_not_as_told",
            )
        return bool(self.of_model(model))
