"""What a call has used of the three services, what that costs, and how long each let wait."""

import math
from collections.abc import Mapping
from typing import Any

from bot.brains.cascade.parts import SILENCE_SECS, Parts
from bot.brains.cascade.prices import hearing_price, speaking_price, thinking_price
from bot.brains.counts import count, number, section

STAGES = ("hearing", "thinking", "speaking")
MOST_ANSWERS = 500  # whose stages are kept
_TOKENS = ("text_in", "text_cached", "text_out")
_MILLION = 1_000_000


class CascadeMeter:
    """See `bot.brains.brain.Meter`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.tokens = dict.fromkeys(_TOKENS, 0)
        self.characters = 0
        self.heard_secs = 0.0
        self.responses = 0
        # Of each answer, in milliseconds: from the caller's last sound to their words, from those
        # to the first sentence, from that to its first sound.
        self.stages: list[dict[str, int]] = []

    def add_response(self, usage: Mapping[str, Any]) -> None:
        """`usage` of an `Answer`."""
        for kind in _TOKENS:
            self.tokens[kind] += count(section(usage, "thinking"), kind)
        self.characters += count(section(usage, "speaking"), "characters")
        self.responses += 1
        stages = section(usage, "stages_ms")
        if isinstance(stages, Mapping) and len(self.stages) < MOST_ANSWERS:
            self.stages.append({each: count(stages, each) for each in STAGES if each in stages})

    def add_transcription(self, usage: Mapping[str, Any]) -> None:
        """Seconds of the caller's sound."""
        self.heard_secs += number(usage, "seconds")

    def add_recorded(self, recorded: Mapping[str, Any]) -> None:
        """What `as_record` gave an earlier record of the same call."""
        for kind in _TOKENS:
            self.tokens[kind] += count(recorded, kind)
        self.characters += count(recorded, "characters")
        self.heard_secs += number(recorded, "heard_secs")
        self.responses += count(recorded, "responses")
        earlier = recorded.get("stages_ms")
        if isinstance(earlier, list):
            self.stages = [each for each in earlier if isinstance(each, dict)] + self.stages

    def as_record(self) -> dict[str, Any]:
        return {
            **self.tokens,
            "characters": self.characters,
            "heard_secs": round(self.heard_secs, 2),
            "responses": self.responses,
            "stages_ms": self.stages,
        }

    @property
    def usd(self) -> float:
        price = thinking_price(self._parts.thinking)
        thinking = (
            self.tokens["text_in"] * price.text_in
            + self.tokens["text_cached"] * price.text_cached
            + self.tokens["text_out"] * price.text_out
        ) / _MILLION
        speaking = self.characters / 1000 * speaking_price(self._parts.speaking)
        return thinking + speaking + self.hearing_usd(self.heard_secs)

    def hearing_usd(self, secs: float) -> float:
        return secs / 60 * hearing_price(self._parts.hearing)


def assumed_usd(parts: Parts, *, talk_secs: float, instruction_tokens: int) -> float:
    """About what a conversation of this length costs: each answer is billed for all before it."""
    turns = max(1, math.ceil(talk_secs / 12))
    meter = CascadeMeter(parts)
    meter.heard_secs = talk_secs * 0.4 + turns * SILENCE_SECS.get(parts.hearing.vendor, 0.0)
    meter.characters = round(talk_secs * 0.5 * 15)  # letters in a second of speech
    meter.tokens["text_in"] = instruction_tokens + turns * 60
    meter.tokens["text_cached"] = (instruction_tokens + 30 * turns) * (turns - 1)
    meter.tokens["text_out"] = turns * 30
    return meter.usd
