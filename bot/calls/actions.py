"""What `step` asks for: notes are taken at once, the rest is done by the runner. Plain code."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.calls.legs import Stream
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


@dataclass(frozen=True)
class PassOnReport:
    """Tell the conversation what the carrier says of who has answered."""

    report: MachineDetected


@dataclass(frozen=True)
class SayFarewell:
    """Have the agent say its last line and hang up."""


@dataclass(frozen=True)
class AskCarrier:
    """Find out how the call stands there, and post `CarrierAnswered`."""


@dataclass(frozen=True)
class Close:
    """How the call ends is decided: take it down. Nothing follows this."""


@dataclass(frozen=True)
class Note:
    """Write into the call's record what has become known (`bot.store.CallChanges`)."""

    changes: Mapping[str, Any]


ToDo = OpenSession | Converse | Detach | Attach | PassOnReport | SayFarewell | AskCarrier | Close
Action = Note | ToDo
