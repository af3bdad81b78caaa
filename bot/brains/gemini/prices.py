"""What models cost, in US dollars. Check them against your own bill.

Source: Google's price list of the Gemini API, as genai-prices 0.2.3 has it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class ModelPrice:
    """Dollars for a million tokens."""

    text_in: float
    text_out: float  # thoughts too
    audio_in: float
    audio_out: float


_LIVE = ModelPrice(text_in=0.75, text_out=4.50, audio_in=3, audio_out=12)

AS_OF = date(2026, 11, 1)  # when these prices were true; look at them again from time to time
PRICES: Mapping[str, ModelPrice] = MappingProxyType(
    {
        "gemini-3.8-live": _LIVE,
        "gemini-3.8-live-extended-thinking": _LIVE,
        "gemini-3.1-flash-live-preview": _LIVE,
    }
)


def doubts(models: Iterable[str], today: date) -> list[str]:
    """What is to be told of these models: their price is not known."""
    return [
        f"the price of the model {model} is not in the table of {AS_OF}: its calls are counted as "
        "dear as those of the dearest model"
        for model in sorted(set(models))
        if model not in PRICES
    ]
