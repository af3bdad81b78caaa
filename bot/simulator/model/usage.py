"""The bill: tokens of a response as the service counts them, near enough to price a call.

The caller's sound is one token for 100 ms, the assistant's one for 50 ms; text is taken as four
characters a token. The whole conversation is billed again with every response; what the
response before has already read counts as cached, in whole blocks.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from bot.simulator.model.conversation import Item
from bot.simulator.model.refusal import Event

USER_MS_PER_TOKEN = 100
ASSISTANT_MS_PER_TOKEN = 50
CHARACTERS_PER_TOKEN = 4
CACHE_BLOCK = 64


@dataclass(frozen=True)
class Tokens:
    text: int = 0
    audio: int = 0

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(self.text + other.text, self.audio + other.audio)


def of_text(text: str) -> Tokens:
    return Tokens(text=math.ceil(len(text) / CHARACTERS_PER_TOKEN))


def of_items(items: Iterable[Item]) -> Tokens:
    total = Tokens()
    for item in items:
        total += _of_item(item)
    return total


def _of_item(item: Item) -> Tokens:
    if item.body.get("role") == "user" and item.ulaw:
        return Tokens(audio=math.ceil(item.audio_ms / USER_MS_PER_TOKEN))
    sound = Tokens(audio=math.ceil(item.audio_ms / ASSISTANT_MS_PER_TOKEN))
    return of_text(item.words) + sound


def bill(*, read: Tokens, cached: Tokens, written: Tokens) -> Event:
    """The usage block of `response.done`; cached tokens are a part of the input."""
    cached_text = min(cached.text, read.text) // CACHE_BLOCK * CACHE_BLOCK
    cached_audio = min(cached.audio, read.audio) // CACHE_BLOCK * CACHE_BLOCK
    read_all, written_all = read.text + read.audio, written.text + written.audio
    return {
        "total_tokens": read_all + written_all,
        "input_tokens": read_all,
        "output_tokens": written_all,
        "input_token_details": {
            "text_tokens": read.text,
            "audio_tokens": read.audio,
            "image_tokens": 0,
            "cached_tokens": cached_text + cached_audio,
            "cached_tokens_details": {
                "text_tokens": cached_text,
                "audio_tokens": cached_audio,
                "image_tokens": 0,
            },
        },
        "output_token_details": {"text_tokens": written.text, "audio_tokens": written.audio},
    }
