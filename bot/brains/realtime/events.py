"""Events that a `Conversation` emits, for the processor that carries them to the caller."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentSound:
    """Sound to play, base64 in the session's format."""

    utterance_id: str
    payload: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentSoundEnd:
    """All sound of this utterance has come."""

    utterance_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentSaid:
    """Words of the agent that were heard."""

    utterance_id: str
    text: str
    interrupted: bool
    heard_ms: int
    held_ms: int = 0  # silence of holds since it began
    began_secs_ago: float | None = None  # its first sound was heard then; None: not known
    silent_secs_ago: float = 0.0  # its last


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentWords:
    """All words of an utterance that have come so far: more than was heard."""

    key: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CallerWords:
    """What was recognised so far in a turn of the caller."""

    key: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LineSpoken:
    """The model has said a line it was given, and all of its sound has come."""

    text: str
    utterance_id: str
    transcript: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CallerSpeaks:
    """The model's side heard the caller begin (True) or end (False) to speak, and when they did."""

    speaking: bool
    at: datetime
    key: str = field(default="", compare=False)  # of the turn that begins


@dataclass(frozen=True, kw_only=True, slots=True)
class CallerSaid:
    """A turn of the caller, with the words recognised."""

    key: str
    text: str
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldWords:
    """The words recognised in a turn for which the agent is held; empty when there were none."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionCalled:
    """The model wants a function run. `wordless`: it said nothing in the same breath."""

    call_id: str
    name: str
    arguments: str
    wordless: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Generating:
    """A response is under way (from the moment it is asked for), or no longer."""

    under_way: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Used:
    """Usage of a response, as the model reports it, and how long its sound is by that."""

    usage: Mapping[str, Any]
    sound_ms: float = 0.0  # 0: not told


@dataclass(frozen=True, kw_only=True, slots=True)
class Transcribed:
    """Usage of one transcription of the caller's words, billed apart."""

    usage: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class SummaryMade:
    """The text answer to a request for a summary; empty when the model gave none."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Complaint:
    """The model's side reported an error that does not end the session."""

    code: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AskLater:
    """An answer failed and is wanted still: nothing is to be asked for until then."""

    after_secs: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionEnds:
    """The model's side says that it will end the session in so many seconds."""

    in_secs: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelFailed:
    """The model cannot go on with this call, for this reason slug."""

    reason: str
    detail: str


ModelEvent = (
    AgentSound
    | AgentSoundEnd
    | AgentSaid
    | LineSpoken
    | CallerSpeaks
    | CallerSaid
    | CallerWords
    | AgentWords
    | HeldWords
    | FunctionCalled
    | Generating
    | Used
    | Transcribed
    | SummaryMade
    | Complaint
    | AskLater
    | SessionEnds
    | ModelFailed
)
