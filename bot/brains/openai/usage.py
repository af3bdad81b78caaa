"""What a call has used of the model, and what that costs: plain arithmetic in US dollars."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.brains.openai.prices import PRICES, ModelPrice, Prices

# Tokens of sound in a second, as the models count them: of the caller, and of the agent.
_HEARD_PER_SEC, _SPOKEN_PER_SEC = 10, 20
_HEARD_SHARE, _SPOKEN_SHARE = 0.4, 0.5  # of a conversation; the rest is silence
_SECS_PER_TURN = 12  # both sides' words once
_MILLION = 1_000_000


class Usage:
    """The tokens of one call, added up response by response."""

    def __init__(self) -> None:
        self.tokens = dict.fromkeys(
            (
                "text_in",
                "text_cached",
                "text_out",
                "audio_in",
                "audio_cached",
                "audio_out",
                "transcription",
            ),
            0,
        )
        self.transcription_secs = 0.0
        self.responses = 0

    def add_response(self, usage: Mapping[str, Any]) -> None:
        """`response.usage` of a `response.done`; cached tokens are part of the input there."""
        came = _section(usage, "input_token_details")
        cached = _section(came, "cached_tokens_details")
        went = _section(usage, "output_token_details")
        for kind in ("text", "audio"):
            of_cache = _count(cached, f"{kind}_tokens")
            self.tokens[f"{kind}_cached"] += of_cache
            self.tokens[f"{kind}_in"] += max(0, _count(came, f"{kind}_tokens") - of_cache)
            self.tokens[f"{kind}_out"] += _count(went, f"{kind}_tokens")
        self.responses += 1

    def add_transcription(self, usage: Mapping[str, Any]) -> None:
        """`usage` of a completed transcription: seconds or tokens, as the model bills it."""
        self.transcription_secs += _number(usage, "seconds")
        self.tokens["transcription"] += _count(usage, "total_tokens")

    def add_recorded(self, recorded: Mapping[str, Any]) -> None:
        """What `as_dict` gave an earlier record of the same call."""
        for kind in self.tokens:
            self.tokens[kind] += _count(recorded, kind)
        self.transcription_secs += _number(recorded, "transcription_secs")
        self.responses += _count(recorded, "responses")

    def as_dict(self) -> dict[str, Any]:
        """For the record."""
        return {
            **self.tokens,
            "transcription_secs": round(self.transcription_secs, 3),
            "responses": self.responses,
        }


def _section(usage: Any, name: str) -> Any:
    return usage.get(name) if isinstance(usage, Mapping) else None


def _number(section: Any, name: str) -> float:
    """A finite number from 0 on; what is none counts as 0: taking a note never fails."""
    number = _section(section, name)
    readable = isinstance(number, int | float) and math.isfinite(number)
    return max(0.0, number) if readable else 0.0


def _count(section: Any, name: str) -> int:
    return int(_number(section, name))


def model_usd(usage: Usage, model: str, prices: Prices) -> float:
    """What the model's side bills. A model that is not listed is billed as the dearest one."""
    price = prices.models.get(model) or max(prices.models.values(), key=_dearness)
    tokens = usage.tokens
    by_token = (
        tokens["text_in"] * price.text_in
        + tokens["text_cached"] * price.text_cached
        + tokens["text_out"] * price.text_out
        + tokens["audio_in"] * price.audio_in
        + tokens["audio_cached"] * price.audio_cached
        + tokens["audio_out"] * price.audio_out
        + tokens["transcription"] * prices.transcription_per_million_tokens
    ) / _MILLION
    return by_token + usage.transcription_secs / 60 * prices.transcription_per_minute


def _dearness(price: ModelPrice) -> float:
    return price.audio_out


def sound_ms(usage: Mapping[str, Any]) -> float:
    """How long the sound of a response is, by its usage; 0 where that cannot be read."""
    return 1000 / _SPOKEN_PER_SEC * _count(_section(usage, "output_token_details"), "audio_tokens")


@dataclass(kw_only=True)
class Meter:
    """See `bot.brains.brain.Meter`."""

    model: str | None  # None: not known
    prices: Prices = PRICES
    usage: Usage = field(default_factory=Usage)

    def add_response(self, usage: Mapping[str, Any]) -> None:
        self.usage.add_response(usage)

    def add_transcription(self, usage: Mapping[str, Any]) -> None:
        self.usage.add_transcription(usage)

    def add_recorded(self, recorded: Mapping[str, Any]) -> None:
        self.usage.add_recorded(recorded)

    def as_record(self) -> dict[str, Any]:
        return self.usage.as_dict()

    @property
    def usd(self) -> float:
        return model_usd(self.usage, self.model or "", self.prices)


def assumed_usage(*, talk_secs: float, instruction_tokens: int) -> Usage:
    """Tokens of a conversation: each response is billed for all that was before it, cached."""
    usage = Usage()
    responses = max(1, math.ceil(talk_secs / _SECS_PER_TURN))
    heard = round(talk_secs * _HEARD_SHARE * _HEARD_PER_SEC)
    spoken = round(talk_secs * _SPOKEN_SHARE * _SPOKEN_PER_SEC)
    usage.tokens["text_in"] = instruction_tokens
    usage.tokens["text_cached"] = instruction_tokens * (responses - 1)
    usage.tokens["audio_in"] = heard
    usage.tokens["audio_cached"] = round((heard + spoken) * (responses - 1) / 2)
    usage.tokens["audio_out"] = spoken
    usage.transcription_secs = talk_secs * _HEARD_SHARE
    usage.responses = responses
    return usage
