"""What parent and workers tell each other, one JSON line each."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.calls import ActKind, HealthStatus, Reached


@dataclass(frozen=True, kw_only=True)
class Ready:
    """From a worker: it is ready for connections."""


@dataclass(frozen=True, kw_only=True)
class Failed:
    """From a worker: it cannot begin, for a reason that an operator can mend."""

    why: str


@dataclass(frozen=True, kw_only=True)
class Report(HealthStatus):
    """From a worker, a few times a second: how it stands."""

    adopted: Sequence[str] = ()  # ids of its calls that name another worker, or none


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """From a worker, for each connection in turn: it has arrived."""


@dataclass(frozen=True, kw_only=True)
class Drained:
    """From a worker: all of its calls are over."""


@dataclass(frozen=True, kw_only=True)
class Whole(HealthStatus):
    """To a worker, before a connection that asks for it: how the whole service stands."""


@dataclass(frozen=True, kw_only=True)
class Connection:
    """To a worker: a connection comes with this line."""


@dataclass(frozen=True, kw_only=True)
class Drain:
    """To a worker: no new calls; those under way may last so long, and with `goodbye` until the
    agents of those left have said their last line."""

    within_secs: float
    goodbye: bool = False


@dataclass(frozen=True, kw_only=True)
class Leave:
    """To a worker: exit."""


@dataclass(frozen=True, kw_only=True)
class HangUpQuestion:
    """To the worker that has this call, through the parent. Answered."""

    number: int  # of the question, as the asker counts
    asker: int
    call_id: str
    farewell: bool = False  # after a last line


@dataclass(frozen=True, kw_only=True)
class ReachQuestion:
    """To the worker that has this call, through the parent: an `Act`. Answered."""

    number: int
    asker: int
    call_id: str
    kind: ActKind
    text: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ConnectQuestion:
    """To the worker that expects this call, through the parent. Answered."""

    number: int
    asker: int
    call_id: str
    call_sid: str


@dataclass(frozen=True, kw_only=True)
class QuestionAnswer:
    """To the worker that asked, through the parent."""

    number: int
    asker: int
    done: bool = False
    connected: dict[str, Any] | None = None  # what came of connecting again (`packing.py`)
    reached: str = Reached.ELSEWHERE.value  # what came of an act


@dataclass(frozen=True, kw_only=True)
class StatusNews:
    """To all other workers, through the parent: a `StatusUpdate` (`packing.py`)."""

    update: dict[str, Any]


Question = HangUpQuestion | ReachQuestion | ConnectQuestion
Message = (
    Ready
    | Failed
    | Report
    | Arrived
    | Drained
    | Whole
    | Connection
    | Drain
    | Leave
    | Question
    | QuestionAnswer
) | StatusNews

_KINDS: dict[str, type[Message]] = {
    kind.__name__: kind
    for kind in (
        *(Ready, Failed, Report, Arrived, Drained, Whole, Connection, Drain, Leave),
        *(HangUpQuestion, ReachQuestion, ConnectQuestion, QuestionAnswer, StatusNews),
    )
}


def encode(message: Message) -> bytes:
    """Encodes a message as a line of JSON."""
    return json.dumps([type(message).__name__, asdict(message)]).encode() + b"\n"


def decode(line: bytes) -> Message:
    """Decodes a line that `encode` made."""
    name, fields = json.loads(line)
    return _KINDS[name](**fields)
