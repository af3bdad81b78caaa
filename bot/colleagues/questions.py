"""What one process may ask of another, as JSON can hold it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.calls import ActKind


@dataclass(frozen=True, kw_only=True)
class LetGo:
    """Forget a call whose awaited stream has come to the asker. -> gone, machine_reports"""

    call_id: str
    stream_digest: str


@dataclass(frozen=True, kw_only=True)
class HangUp:
    """End a call, after a last line if asked for. -> done"""

    call_id: str
    farewell: bool = False


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Do an `Act` in a call. -> reached"""

    call_id: str
    act: ActKind
    text: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ConnectAgain:
    """Answer the carrier, which has announced a call once more. -> answer, or replayed"""

    call_sid: str


@dataclass(frozen=True, kw_only=True)
class Status:
    """Take how a call stands, a `StatusUpdate` as `bot.calls.packing` has it. -> nothing"""

    update: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Answer a `Webhook`. -> a `WebhookAnswer`"""

    webhook: Mapping[str, Any] = field(repr=False)


Question = LetGo | HangUp | Reach | ConnectAgain | Status | Asked
_KINDS: dict[str, type[Question]] = {
    kind.__name__: kind for kind in (LetGo, HangUp, Reach, ConnectAgain, Status, Asked)
}


def packed(question: Question) -> dict[str, Any]:
    """Packs a question as JSON can hold it."""
    return {"question": type(question).__name__, **asdict(question)}


def unpacked(body: Mapping[str, Any]) -> Question:
    """Unpacks what `packed` made. Raises KeyError, TypeError: another version asks."""
    values = dict(body)
    return _KINDS[values.pop("question")](**values)
