"""What `step` asks for: notes are taken at once, the rest is done by the runner. Plain code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.calls.legs import Consultation, Stream, Target, TransferOutcome
from bot.calls.outcome import Ending
from bot.carriers.events import MachineDetected


@dataclass(frozen=True)
class OpenSession:
    """Begin to open the model's session."""


@dataclass(frozen=True)
class Converse:
    """Begin the conversation on the call's first stream."""

    stream: Stream
    machine_reports: tuple[MachineDetected, ...]


@dataclass(frozen=True)
class Detach:
    """The conversation's stream is lost: it waits."""


@dataclass(frozen=True)
class Attach:
    """The conversation goes on over this stream."""

    stream: Stream
    keys: str = field(default="", repr=False)  # were pressed: it was away for that


@dataclass(frozen=True)
class PressKeys:
    """Have the carrier press these keys, and post `KeysAnswered`."""

    keys: str = field(repr=False)


@dataclass(frozen=True)
class TellAgent:
    """Bring the conversation what somebody outside wants: a line, a word for the agent alone, or
    that keys of theirs are about to be pressed.
    """

    how: Literal["say", "whisper", "context", "keys"]
    text: str = field(repr=False)


@dataclass(frozen=True)
class TakeOver:
    """Have the agent fall silent, and the operator heard in its place."""

    who: str


@dataclass(frozen=True)
class GiveBack:
    """Have the agent go on, who is told what went on meanwhile."""


@dataclass(frozen=True)
class TellKeys:
    """Tell the conversation what came of the keys that it wanted pressed."""

    keys: str = field(repr=False)
    pressed: bool


@dataclass(frozen=True)
class PassOnReport:
    """Tell the conversation what the carrier says of who has answered."""

    report: MachineDetected


@dataclass(frozen=True)
class SayFarewell:
    """Have the agent say its last line and hang up."""


@dataclass(frozen=True)
class HandOver:
    """Have this agent go on with the conversation, on the same line."""

    agent: str
    reason: str


@dataclass(frozen=True)
class FailOver:
    """Have the agent's other brain go on with the conversation: its first is lost, like this."""

    lost: Ending


@dataclass(frozen=True)
class PutThrough:
    """Have the carrier call the person for the caller; the conversation waits."""


@dataclass(frozen=True)
class ComeBack:
    """Nobody took the caller: make ready to go on with them."""


@dataclass(frozen=True)
class GoOn:
    """Go on with the caller who has come back, over this stream."""

    stream: Stream


@dataclass(frozen=True)
class AskPerson:
    """Have the carrier call the person, who is asked whether they take the caller."""

    consultation: Consultation


@dataclass(frozen=True)
class EndPerson:
    """End the person's leg: with an apology, if they have come to the phone."""

    call_sid: str
    apology: bool


@dataclass(frozen=True)
class MoveCaller:
    """Have the carrier bring the caller into the conference."""


@dataclass(frozen=True)
class TellConsultation:
    """Tell the conversation what came of asking a person."""

    outcome: TransferOutcome | None  # None: it was called off
    target: Target
    next_one: Target | None = None  # who is asked now


@dataclass(frozen=True)
class NoteStep:
    """Write into the record what has happened in a transfer."""

    step: str  # of `bot.store.announcing.STEPS`
    to: str  # of the agent's people
    outcome: TransferOutcome | None = None  # of the whole transfer, if it is over with that


@dataclass(frozen=True)
class AskCarrier:
    """Find out how the call stands there, and post `CarrierAnswered`."""


@dataclass(frozen=True)
class Close:
    """How the call ends is decided: take it down. Nothing follows this."""


@dataclass(frozen=True)
class Leave:
    """Another process has the call: let go of it without a word. Nothing follows this."""


@dataclass(frozen=True)
class Note:
    """Write into the call's record what has become known (`bot.store.CallChanges`)."""

    changes: Mapping[str, Any]


ToDo = (
    OpenSession
    | Converse
    | Detach
    | Attach
    | PressKeys
    | TellAgent
    | TakeOver
    | GiveBack
    | TellKeys
    | PassOnReport
    | SayFarewell
    | HandOver
    | FailOver
    | PutThrough
    | ComeBack
    | GoOn
    | AskPerson
    | EndPerson
    | MoveCaller
    | TellConsultation
    | NoteStep
    | AskCarrier
    | Close
    | Leave
)
Action = Note | ToDo
