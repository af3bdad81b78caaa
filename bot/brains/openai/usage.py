"""What a call has used of the model, and what that costs: plain arithmetic in US dollars."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.brains.counts import count, number, section
from bot.brains.openai.prices import PRICES, ModelPrice, Prices

# Tokens of sound in a second, as the models count them: of the caller, and of the agent.
_HEARD_PER_SEC, _SPOKEN_PER_SEC = 10, 20
_HEARD_SHARE, _SPOKEN_SHARE = 0.4, 0.5  # of a conversation; the rest is silence
_SECS_PER_TURN = 12  # both sides' words once
_MILLION = 1_000_000
CONNECTED_SECS = "connected_secs"  # in a usage and in the record
FREE = ModelPrice()


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
        self.connected_secs = 0.0  # of sessions
        self.responses = 0

    def add_response(self, usage: Mapping[str, Any]) -> None:
        """`response.usage` of a `response.done`; cached tokens are part of the input there. Or how
        long a session was open; or nothing, of a server that tells none."""
        if not usage:
            return
        if isinstance(usage, Mapping) and CONNECTED_SECS in usage:
            self.connected_secs += number(usage, CONNECTED_SECS)
            return
        came = section(usage, "input_token_details")
        cached = section(came, "cached_tokens_details")
        went = section(usage, "output_token_details")
        for kind in ("text", "audio"):
            of_cache = count(cached, f"{kind}_tokens")
            self.tokens[f"{kind}_cached"] += of_cache
            self.tokens[f"{kind}_in"] += max(0, count(came, f"{kind}_tokens") - of_cache)
            self.tokens[f"{kind}_out"] += count(went, f"{kind}_tokens")
        self.responses += 1

    def add_transcription(self, usage: Mapping[str, Any]) -> None:
        """`usage` of a completed transcription: seconds or tokens, as the model bills it."""
        self.transcription_secs += number(usage, "seconds")
        self.tokens["transcription"] += count(usage, "total_tokens")

    def add_recorded(self, recorded: Mapping[str, Any]) -> None:
        """What `as_dict` gave an earlier record of the same call."""
        for kind in self.tokens:
            self.tokens[kind] += count(recorded, kind)
        self.transcription_secs += number(recorded, "transcription_secs")
        self.connected_secs += number(recorded, CONNECTED_SECS)
        self.responses += count(recorded, "responses")

    def as_dict(self) -> dict[str, Any]:
        """For the record."""
        told: dict[str, Any] = {
            **self.tokens,
            "transcription_secs": round(self.transcription_secs, 3),
            "responses": self.responses,
        }
        if self.connected_secs:
            told[CONNECTED_SECS] = round(self.connected_secs, 3)
        return told


def model_usd(usage: Usage, model: str, prices: Prices) -> float:
    """What the model's side bills. A model that is not listed is billed as the dearest one."""
    price = prices.models.get(model) or max(prices.models.values(), key=_dearness, default=FREE)
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
    by_minute = usage.transcription_secs / 60 * prices.transcription_per_minute
    return by_token + by_minute + usage.connected_secs / 60 * price.per_minute


def _dearness(price: ModelPrice) -> tuple[float, float]:
    return price.audio_out, price.per_minute


def sound_ms(usage: Mapping[str, Any]) -> float:
    """How long the sound of a response is, by its usage; 0 where that cannot be read."""
    return 1000 / _SPOKEN_PER_SEC * count(section(usage, "output_token_details"), "audio_tokens")


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

    def hearing_usd(self, secs: float) -> float:
        heard = Usage()
        heard.tokens["audio_in"] = round(secs * _HEARD_PER_SEC)
        heard.transcription_secs = secs
        return model_usd(heard, self.model or "", self.prices)


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
    usage.connected_secs = talk_secs
    usage.responses = responses
    return usage
