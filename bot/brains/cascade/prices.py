"""What the services of a cascade cost, in US dollars. Check them against your own bill: plans
differ, and so do the prices of the same service on them.

OpenAI's chat models and gpt-transcribe are as genai-prices lists them. Beside each of the others
stands who has read it on its vendor's page, and when: "hail" is hail-hq/hail, costs/stt.json and
costs/tts.json, read by hand in May 2026; "flexprice" is docs.flexprice.io, which shows Deepgram's
page of 2026-11-04; Cartesia's credits are in docs.cartesia.ai/pricing, stored in autumn of 2026.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from bot.brains.cascade.parts import Part

AS_OF = date(2026, 10, 31)  # look at them again from time to time


@dataclass(frozen=True, kw_only=True)
class ChatPrice:
    """Dollars for a million tokens."""

    text_in: float
    text_cached: float
    text_out: float


# A minute of the caller's sound.
HEARING: Mapping[str, float] = MappingProxyType(
    {
        "openai:gpt-transcribe": 0.0045,
        "deepgram": 0.0078,  # of the two that it may be
        # aigateway.sh, autumn of 2026; llmreference.com of 2026-06-07 has 0.0065: the dearer one.
        "deepgram:flux-general-en": 0.0077,
        "deepgram:flux-general-multi": 0.0078,  # flexprice
        # hail; a credit a second: the smallest plan has 20,000 a dollar (apio.sh, June 2026).
        "cartesia:ink-whisper": 0.0030,
    }
)
THINKING: Mapping[str, ChatPrice] = MappingProxyType(
    {
        "openai:gpt-4.1": ChatPrice(text_in=2.0, text_cached=0.5, text_out=8.0),
        "openai:gpt-4.1-mini": ChatPrice(text_in=0.4, text_cached=0.1, text_out=1.6),
        "openai:gpt-4.1-nano": ChatPrice(text_in=0.1, text_cached=0.025, text_out=0.4),
        "openai:gpt-4o": ChatPrice(text_in=2.5, text_cached=1.25, text_out=10.0),
        "openai:gpt-4o-mini": ChatPrice(text_in=0.15, text_cached=0.075, text_out=0.6),
        "openai:gpt-5": ChatPrice(text_in=1.25, text_cached=0.125, text_out=10.0),
        "openai:gpt-5-mini": ChatPrice(text_in=0.25, text_cached=0.025, text_out=2.0),
        "openai:gpt-5-nano": ChatPrice(text_in=0.05, text_cached=0.005, text_out=0.4),
        "openai:gpt-5.1": ChatPrice(text_in=1.25, text_cached=0.125, text_out=10.0),
        "openai:gpt-5.2": ChatPrice(text_in=1.75, text_cached=0.175, text_out=14.0),
        "openai:gpt-5.4": ChatPrice(text_in=2.5, text_cached=0.25, text_out=15.0),
        "openai:gpt-5.4-mini": ChatPrice(text_in=0.75, text_cached=0.075, text_out=4.5),
        "openai:gpt-5.4-nano": ChatPrice(text_in=0.2, text_cached=0.02, text_out=1.25),
        "openai:gpt-5.4-pro": ChatPrice(text_in=30.0, text_cached=30.0, text_out=180.0),
    }
)
# A thousand characters of the agent's words.
SPEAKING: Mapping[str, float] = MappingProxyType(
    {
        # Its maker says about 0.015 a minute (hail), which has some 900 characters.
        "openai:gpt-4o-mini-tts": 0.0168,
        "deepgram": 0.030,  # Aura-2: api-evangelist/deepgram, 2026-05-04, generated: not sure
        "elevenlabs:eleven_flash_v2_5": 0.050,  # hail; developer.puter.com, June 2026
        "elevenlabs:eleven_multilingual_v2": 0.100,  # the same
        # hail (of sonic-3.5); a credit a character, as above.
        "cartesia:sonic-3": 0.050,
    }
)
FREE = frozenset({"local", "moonshine", "whisper", "piper"})  # they run on the owner's own machine


def hearing_price(part: Part) -> float:
    """A minute's."""
    return _price(part, HEARING, max(HEARING.values()), free=0.0)


def thinking_price(part: Part) -> ChatPrice:
    """A model's; of one that is not listed the dearest one's."""
    dearest = max(THINKING.values(), key=lambda price: price.text_out)
    nothing = ChatPrice(text_in=0.0, text_cached=0.0, text_out=0.0)
    return nothing if part.vendor in FREE else THINKING.get(str(part), dearest)


def speaking_price(part: Part) -> float:
    """A thousand characters'."""
    return _price(part, SPEAKING, max(SPEAKING.values()), free=0.0)


def unlisted(*parts: Part) -> list[str]:
    """Those of them whose price is not known."""
    known = {*HEARING, *THINKING, *SPEAKING}
    return [str(part) for part in parts if part.vendor not in FREE and str(part) not in known]


def _price(part: Part, prices: Mapping[str, float], dearest: float, *, free: float) -> float:
    return free if part.vendor in FREE else prices.get(str(part), dearest)
