"""What a call has used of the model, and what that costs: plain arithmetic in US dollars.

Source of the fields: google-genai 3.6, `types.UsageMetadata`.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.brains.counts import count
from bot.brains.gemini.prices import PRICES, ModelPrice

TOKENS_PER_SEC = 25  # of sound, the caller's and the agent's (Google, Live API guide)
_HEARD_SHARE, _SPOKEN_SHARE = 0.4, 0.5  # of a conversation; the rest is silence
_SECS_PER_TURN = 12  # both sides' words once
_MILLION = 1_000_000
_KINDS = ("text_in", "text_out", "audio_in", "audio_out")


class Usage:
    """The tokens of one call, added up turn by turn. Each turn is billed for all that was
    before."""

    def __init__(self) -> None:
        self.tokens = dict.fromkeys(_KINDS, 0)
        self.responses = 0

    def add_response(self, usage: Mapping[str, Any]) -> None:
        """One `usageMetadata`. What no modality is told of counts as text."""
        for way, name in (("in", "prompt"), ("out", "response")):
            audio = sum(_of(usage, f"{name}TokensDetails", "AUDIO"))
            self.tokens[f"audio_{way}"] += audio
            self.tokens[f"text_{way}"] += max(0, count(usage, f"{name}TokenCount") - audio)
        self.tokens["text_in"] += count(usage, "toolUsePromptTokenCount")
        self.tokens["text_out"] += count(usage, "thoughtsTokenCount")
        self.responses += 1

    def add_recorded(self, recorded: Mapping[str, Any]) -> None:
        """What `as_dict` gave an earlier record of the same call."""
        for kind in self.tokens:
            self.tokens[kind] += count(recorded, kind)
        self.responses += count(recorded, "responses")

    def as_dict(self) -> dict[str, Any]:
        """For the record."""
        return {**self.tokens, "responses": self.responses}


def _of(usage: Mapping[str, Any], name: str, modality: str) -> Iterator[int]:
    details = usage.get(name)
    for each in details if isinstance(details, list) else ():
        if isinstance(each, Mapping) and each.get("modality") == modality:
            yield count(each, "tokenCount")


def model_usd(usage: Usage, model: str) -> float:
    """What the model's side bills. A model that is not listed is billed as the dearest one."""
    price = PRICES.get(model) or max(PRICES.values(), key=_dearness)
    dollars: float = sum(usage.tokens[kind] * getattr(price, kind) for kind in _KINDS)
    return dollars / _MILLION


def _dearness(price: ModelPrice) -> float:
    return price.audio_out


def sound_ms(usage: Mapping[str, Any]) -> float:
    """How long the sound of a turn is, by its usage; 0 where that is not told."""
    return 1000 / TOKENS_PER_SEC * sum(_of(usage, "responseTokensDetails", "AUDIO"))


@dataclass(kw_only=True)
class Meter:
    """See `bot.brains.brain.Meter`."""

    model: str | None  # None: not known
    usage: Usage = field(default_factory=Usage)

    def add_response(self, usage: Mapping[str, Any]) -> None:
        self.usage.add_response(usage)

    def add_transcription(self, usage: Mapping[str, Any]) -> None:
        """Transcriptions are part of the model's price."""

    def add_recorded(self, recorded: Mapping[str, Any]) -> None:
        self.usage.add_recorded(recorded)

    def as_record(self) -> dict[str, Any]:
        return self.usage.as_dict()

    @property
    def usd(self) -> float:
        return model_usd(self.usage, self.model or "")

    def hearing_usd(self, secs: float) -> float:
        heard = Usage()
        heard.tokens["audio_in"] = round(secs * TOKENS_PER_SEC)
        return model_usd(heard, self.model or "")


def assumed_usage(*, talk_secs: float, instruction_tokens: int) -> Usage:
    """Tokens of a conversation: each turn is billed for all that was before it."""
    usage = Usage()
    turns = max(1, math.ceil(talk_secs / _SECS_PER_TURN))
    heard = talk_secs * _HEARD_SHARE * TOKENS_PER_SEC
    spoken = talk_secs * _SPOKEN_SHARE * TOKENS_PER_SEC
    usage.tokens["text_in"] = instruction_tokens * turns
    usage.tokens["audio_in"] = round((heard + spoken) * (turns + 1) / 2)
    usage.tokens["audio_out"] = round(spoken)
    usage.responses = turns
    return usage
