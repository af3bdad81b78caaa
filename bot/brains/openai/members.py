"""The servers that speak this protocol: what is to be known of each. Plain data.

OpenAI's own is built in; the others are files in config/brains, and an operator's own.
"""

from collections.abc import Mapping
from typing import get_args
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator
from pydantic.dataclasses import dataclass

from bot.brains.config import Abilities, Effort, Turns
from bot.brains.openai import config
from bot.brains.openai.prices import PRICES, ModelPrice, Prices
from bot.brains.openai.quirks import NOTHING, STRICT, Quirks, Transcription

PROTOCOL = "openai-realtime"  # by which a file says that it is for this folder


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Member:
    """One server, as its file describes it."""

    url: str  # ws or wss, without a query; ${NAME} is a variable of the environment
    key: str = ""  # the variable that holds the key; empty: none is needed
    models: tuple[str, ...] = Field(min_length=1)  # the first is suggested; others may be named
    voices: tuple[str, ...] = ()  # empty: any may be named
    voice: str = ""  # the suggested one; empty: the server's own
    quirks: Quirks = Quirks()
    prices: Mapping[str, ModelPrice] = Field(default=NOTHING)  # by model
    transcription_per_minute: float = Field(default=0.0, ge=0)
    transcription_per_million_tokens: float = Field(default=0.0, ge=0)

    @field_validator("url")
    @classmethod
    def _websocket(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("ws", "wss") or not parts.netloc or parts.query:
            raise ValueError("must be like wss://host/v1/realtime, without a query")
        return url.rstrip("/")

    @field_validator("voice")
    @classmethod
    def _is_there(cls, voice: str, read: ValidationInfo) -> str:
        voices = read.data.get("voices", ())
        if voice and voices and voice not in voices:
            raise ValueError(f"is none of {', '.join(voices)}")
        return voice

    @property
    def abilities(self) -> Abilities:
        """What its sessions can do."""
        local_only: tuple[Turns, ...] = ("local",)
        alone = self.quirks.turn_detection == "none"
        return Abilities(
            voices=self.voices,
            formats=self.quirks.formats,
            turns=local_only if alone else ("hybrid", "server", "local"),
        )

    @property
    def bill(self) -> Prices:
        """What the server bills."""
        return Prices(
            models=self.prices,
            transcription_per_minute=self.transcription_per_minute,
            transcription_per_million_tokens=self.transcription_per_million_tokens,
        )


OPENAI = Member(
    url="wss://api.openai.com/v1/realtime",
    key="OPENAI_API_KEY",
    models=(config.MODEL, "gpt-realtime-2.1-mini"),
    voices=config.VOICES,
    voice=config.VOICE,
    quirks=Quirks(
        transcription=Transcription(model=config.TRANSCRIPTION_MODEL, keywords="keywords"),
        efforts={effort: effort for effort in get_args(Effort)},
        reasoning_models="gpt-realtime-2",
    ),
    prices=PRICES.models,
    transcription_per_minute=PRICES.transcription_per_minute,
    transcription_per_million_tokens=PRICES.transcription_per_million_tokens,
)
