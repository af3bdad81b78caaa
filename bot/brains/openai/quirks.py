"""In what a server of this protocol may differ from OpenAI's own: plain data.

The defaults are what OpenAI's Realtime API (GA) does. Each other is one server's way, which its
file in config/brains says, with where it was read.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ConfigDict, Field, field_validator
from pydantic.dataclasses import dataclass

from bot.brains.config import Effort

Format = Literal["ulaw", "pcm", "pcm_16"]
Cut = Literal["truncate", "replace", "tell"]
STRICT = ConfigDict(extra="forbid")
NOTHING: Any = {}  # copied by pydantic wherever it is a default


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Transcription:
    """What `audio.input.transcription` is to say; without a model it is left out, and the server
    writes down what callers say, or does not, as it is set up."""

    model: str = ""
    language: Literal["language", "language_hint", ""] = "language"  # the field that tells it
    keywords: Literal["keywords", "keyterms", ""] = ""  # the field that tells them
    most_keywords: int = Field(default=200, ge=1)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Quirks:
    """Those of one server."""

    formats: tuple[Format, ...] = Field(default=("ulaw", "pcm"), min_length=1)
    # Whether `session.updated` tells the formats back; where it does not, they are believed until
    # they are heard.
    echoes_formats: bool = True
    # What ends a caller's turn there: "none" leaves it to our own ear alone.
    turn_detection: Literal["semantic_vad", "server_vad", "none"] = "semantic_vad"
    turn_options: bool = True  # it takes `create_response` and `interrupt_response`
    # The fields that stand in the session itself, and not within `audio`.
    at_the_top: frozenset[Literal["voice", "turn_detection"]] = frozenset()
    noise_reduction: bool = True
    transcription: Transcription = Transcription()
    # How its memory is cut to what was heard: by its own event, by another item in place of the
    # one that was cut, or by telling it.
    memory_is_cut: Cut = "truncate"
    # It takes `conversation: "none"`; without it, requests to wait are said only where they are
    # prepared, and the summary is asked for within the conversation, which is over by then.
    out_of_band: bool = True
    # `reasoning.effort` by ours; empty: it takes none.
    efforts: Mapping[Effort, str] = Field(default=NOTHING)
    reasoning_models: str = ""  # how the names of those begin that take it; empty: all do
    key_header: str = "Authorization"  # with the key as a bearer; any other has the key alone
    renew_after_mins: float = Field(default=50.0, gt=0)  # before a session expires

    @field_validator("formats")
    @classmethod
    def _each_once(cls, formats: tuple[Format, ...]) -> tuple[Format, ...]:
        if len(set(formats)) < len(formats):
            raise ValueError("names a format twice")
        return formats
