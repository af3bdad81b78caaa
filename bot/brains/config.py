"""What a brain can do, and what a call asks of it: plain data, in no vendor's words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from tools.signature import Signature

Turns = Literal["hybrid", "server", "local"]
Effort = Literal["minimal", "low", "medium", "high"]
# "ulaw": G.711 μ-law at 8 kHz; "pcm": 16-bit samples, little-endian, at 24 kHz; "pcm_16": the same
# at 16 kHz; "pcm_16_24": at 16 kHz to the model and at 24 kHz from it. All mono.
SoundFormat = Literal["ulaw", "pcm", "pcm_16", "pcm_16_24"]

MOST_FUNCTIONS = 60  # that a model may call in one call; a long call has a dozen


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """Whose voice is heard: another model or voice sounds different."""

    brain: str
    model: str
    voice: str


@dataclass(frozen=True, kw_only=True)
class FirstSound:
    """What a new session took, in milliseconds."""

    open_ms: float  # until it was open and had our settings
    sound_ms: float  # and from then until its first sound, which was asked for at once


@dataclass(frozen=True, kw_only=True)
class Abilities:
    """What a brain can do; an agent's file that asks for more is refused at the start."""

    voices: tuple[str, ...]
    formats: tuple[SoundFormat, ...]  # that its sessions may carry, the preferred one first
    turns: tuple[Turns, ...] = ("hybrid", "server", "local")  # who may end the caller's turns


@dataclass(frozen=True, kw_only=True)
class EarlierTurn:
    """Words said in this call before the session is opened."""

    by: Literal["caller", "agent"]
    text: str


@dataclass(frozen=True, kw_only=True)
class SessionConfig:
    """What a session is opened with."""

    speaker: Speaker
    instructions: str
    language: str  # of the caller, ISO 639-1
    keywords: Sequence[str] = ()  # that the caller may say: names, streets, drugs
    turns: Turns = "hybrid"
    cuts_itself: bool = False  # the model's side stops its own answer when it hears the caller
    effort: Effort = "minimal"  # of a model that thinks before it speaks
    tools: Sequence[Signature] = ()
    earlier: Sequence[EarlierTurn] = ()  # oldest first


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """What the model's processor must know of the agent that it speaks for."""

    speaker: Speaker
    turns: Turns = "hybrid"
    first_line: str | None = None  # None: the model finds its own first words
    opening_asked: bool = False  # of its session, by whoever opens it: no prepared line is played
    placed_in: str | None = None  # we have placed the call, in this language; None: it came in
    filler: str = ""  # spoken when a tool takes long; empty: nothing
    waiting: tuple[str, ...] = ()  # spoken in turn while the model is away, if they are clips
    farewell: str = ""  # spoken when the model hangs up without a word
    most_functions: int = MOST_FUNCTIONS  # that the model may call
    always: frozenset[str] = frozenset()  # functions that it may call however many it has called
    fixed_lines: frozenset[str] = field(default_factory=frozenset)  # worth keeping as clips
