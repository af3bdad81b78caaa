"""What models and minutes cost, in US dollars. Check them against your own bill.

Sources: OpenAI's model pages and Twilio's US voice prices as noted in October 2026.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class ModelPrice:
    """Dollars for a million tokens."""

    text_in: float
    text_cached: float
    text_out: float
    audio_in: float
    audio_cached: float
    audio_out: float


@dataclass(frozen=True, kw_only=True)
class Prices:
    """Everything a call is billed for."""

    models: Mapping[str, ModelPrice]
    transcription_per_minute: float  # of the caller's speech
    transcription_per_million_tokens: float
    inbound_minute: float  # the carrier bills begun minutes
    outbound_minute: float
    stream_minute: float  # Media Streams, on top


_FULL = ModelPrice(
    text_in=4, text_cached=0.40, text_out=24, audio_in=32, audio_cached=0.40, audio_out=64
)
_MINI = ModelPrice(
    text_in=0.60, text_cached=0.06, text_out=2.40, audio_in=10, audio_cached=0.30, audio_out=20
)

PRICES = Prices(
    models=MappingProxyType(
        {
            "gpt-realtime-2.1": _FULL,
            "gpt-realtime-2": _FULL,
            "gpt-realtime-2.1-mini": _MINI,
            "gpt-realtime-1.5": ModelPrice(
                text_in=4,
                text_cached=0.40,
                text_out=16,
                audio_in=32,
                audio_cached=0.40,
                audio_out=64,
            ),
        }
    ),
    transcription_per_minute=0.006,
    transcription_per_million_tokens=6.0,
    inbound_minute=0.0085,
    outbound_minute=0.014,
    stream_minute=0.004,
)
