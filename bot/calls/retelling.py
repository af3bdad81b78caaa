"""What was said in a call, told to a session that was not there: plain code."""

from collections.abc import Sequence

from bot.brains.realtime import Event
from bot.store import TurnRecord


def retelling(turns: Sequence[TurnRecord]) -> list[Event]:
    """Client events that give a new session these turns, oldest first.

    Source: OpenAI, Realtime API reference, `conversation.item.create`.
    """
    return [_item(turn) for turn in turns if turn.text]


def _item(turn: TurnRecord) -> Event:
    if turn.role == "caller":
        role, kind = "user", "input_text"
    else:
        role, kind = "assistant", "output_text"
    content = [{"type": kind, "text": turn.text}]
    return {
        "type": "conversation.item.create",
        "item": {"type": "message", "role": role, "content": content},
    }
