"""What processes tell each other of calls, as JSON can hold it."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from bot.calls.peers import Replayed
from bot.carriers import (
    Answer,
    CallStatus,
    Connect,
    HangUp,
    PutThrough,
    StatusUpdate,
    TurnAway,
    Wait,
)

_ANSWERS: dict[str, type[Answer]] = {
    kind.__name__: kind for kind in (Connect, Wait, TurnAway, PutThrough, HangUp)
}


def packed_answer(answer: Answer) -> dict[str, Any]:
    """Packs an answer to the carrier as JSON can hold it."""
    packed: dict[str, Any] = {each.name: getattr(answer, each.name) for each in fields(answer)}
    if isinstance(answer, Connect):
        packed["otherwise"] = packed_answer(answer.otherwise)
    return {"kind": type(answer).__name__, **packed}


def unpacked_answer(packed: Mapping[str, Any]) -> Answer:
    """Unpacks what `packed_answer` made."""
    values = dict(packed)
    kind = _ANSWERS[values.pop("kind")]
    if kind is Connect:
        values["otherwise"] = unpacked_answer(values["otherwise"])
    return kind(**values)


def packed_connection(
    connect_again: Callable[[str], Answer | None], call_sid: str
) -> dict[str, Any]:
    """Packs what comes of connecting a call once more: an answer, none, or `Replayed`."""
    try:
        answer = connect_again(call_sid)
    except Replayed as replayed:
        return {"answer": None, "replayed": str(replayed)}
    return {"answer": None if answer is None else packed_answer(answer), "replayed": None}


def unpacked_connection(packed: Mapping[str, Any] | None) -> Answer | None:
    """Unpacks what `packed_connection` made; None: nobody did. Raises Replayed."""
    if packed is None:
        return None
    if packed["replayed"] is not None:
        raise Replayed(packed["replayed"])
    return None if packed["answer"] is None else unpacked_answer(packed["answer"])


def packed_update(update: StatusUpdate) -> dict[str, Any]:
    """Packs a status update as JSON can hold it."""
    packed = {each.name: getattr(update, each.name) for each in fields(update)}
    packed["timestamp"] = update.timestamp.isoformat() if update.timestamp else None
    return packed


def unpacked_update(packed: Mapping[str, Any]) -> StatusUpdate:
    """Unpacks what `packed_update` made."""
    timestamp = packed["timestamp"]
    values = dict(packed) | {
        "status": CallStatus(packed["status"]),
        "timestamp": datetime.fromisoformat(timestamp) if timestamp else None,
    }
    return StatusUpdate(**values)
