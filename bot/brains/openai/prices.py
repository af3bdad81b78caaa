"""What models cost, in US dollars. Check them against your own bill.

Source: OpenAI's model pages and list of deprecations.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class ModelPrice:
    """Dollars for a million tokens, and for each minute that a session is open."""

    text_in: float = 0.0
    text_cached: float = 0.0
    text_out: float = 0.0
    audio_in: float = 0.0
    audio_cached: float = 0.0
    audio_out: float = 0.0
    per_minute: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Prices:
    """Everything that the model's side bills."""

    models: Mapping[str, ModelPrice]
    transcription_per_minute: float  # of the caller's speech
    transcription_per_million_tokens: float


_FULL = ModelPrice(
    text_in=4, text_cached=0.40, text_out=24, audio_in=32, audio_cached=0.40, audio_out=64
)
_MINI = ModelPrice(
    text_in=0.60, text_cached=0.06, text_out=2.40, audio_in=10, audio_cached=0.30, audio_out=20
)
_FIRST = ModelPrice(
    text_in=4, text_cached=0.40, text_out=16, audio_in=32, audio_cached=0.40, audio_out=64
)

AS_OF = date(2026, 10, 31)  # when these prices were true; look at them again from time to time
ENDS = MappingProxyType(  # when the vendor switches models off
    {
        "gpt-realtime": date(2027, 1, 20),
        "gpt-realtime-mini": date(2027, 1, 20),
        "whisper-1": date(2027, 2, 26),
        "gpt-4o-transcribe": date(2027, 2, 26),
        "gpt-4o-mini-transcribe": date(2027, 2, 26),
        "gpt-4o-transcribe-diarize": date(2027, 2, 26),
    }
)
NOTICE_DAYS = 90

PRICES = Prices(
    models=MappingProxyType(
        {
            "gpt-realtime-2.1": _FULL,
            "gpt-realtime-2": _FULL,
            "gpt-realtime-2.1-mini": _MINI,
            "gpt-realtime-1.5": _FIRST,
            "gpt-realtime": _FIRST,
            "gpt-realtime-mini": _MINI,
        }
    ),
    transcription_per_minute=0.0045,  # gpt-transcribe
    transcription_per_million_tokens=6.0,
)


def doubts(
    models: Iterable[str],
    transcription: str,
    today: date,
    *,
    priced: Mapping[str, ModelPrice] = PRICES.models,
) -> list[str]:
    """What is to be told of these realtime models and this one that writes down what callers say:
    it ends soon or has ended, or its price is not known.
    """
    speaking = sorted(set(models))
    found = [
        f"the price of the model {model} is not in the table of {AS_OF}: its calls are counted as "
        "dear as those of the dearest model"
        for model in speaking
        if model not in priced
    ]
    for model in (*speaking, transcription):
        ends = _end(model)
        if ends is not None and (ends - today).days <= NOTICE_DAYS:
            verb = "ends" if ends > today else "has ended"
            found.append(f"the model {model} {verb} on {ends}: choose another in the agents' files")
    return found


def _end(model: str) -> date | None:
    """Dated snapshots end with their model."""
    return ENDS.get(re.sub(r"-\d{4}-\d{2}-\d{2}$", "", model))
