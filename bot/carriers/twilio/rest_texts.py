"""A text message in the words of the twilio package, and back in ours.

Source: twilio.com/docs/messaging/api/message-resource; opt-out words:
help.twilio.com/articles/223134027 (REVOKE and OPTOUT came in 2025).
"""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType
from typing import Any

from bot.carriers.texts import TEXT_SID, SendText, SentText, TextMove
from bot.carriers.twilio.addresses import Addresses

STOP_WORDS = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
)
START_WORDS = frozenset({"start", "yes", "unstop"})
HELP_WORDS = frozenset({"help", "info"})
ANSWERED_WORDS = STOP_WORDS | START_WORDS | HELP_WORDS

_MOVES: MappingProxyType[str, TextMove] = MappingProxyType(
    {
        "accepted": "queued",
        "scheduled": "queued",
        "queued": "queued",
        "sending": "queued",
        "sent": "sent",
        "delivered": "delivered",
        "read": "delivered",
        "partially_delivered": "delivered",
        "undelivered": "undelivered",
        "failed": "failed",
        "canceled": "failed",
    }
)


def text_fields(text: SendText, addresses: Addresses) -> dict[str, object]:
    """The text in the keyword arguments of the package's `messages.create_async`."""
    return {
        "to": text.to,
        "from_": text.from_,
        "body": text.body,
        "status_callback": addresses.text_status(text.text_id),
    }


def sent_text(message: Any) -> SentText:
    """From the package's MessageInstance; ValueError without an identity or a known status."""
    sid = message.sid
    if not isinstance(sid, str) or not TEXT_SID.fullmatch(sid):
        raise ValueError("The carrier's answer names no text")
    move = move_of(str(message.status or ""))
    if move is None:
        raise ValueError("The carrier's answer has no known status")
    return SentText(sid=sid, status=move)


def move_of(status: str) -> TextMove | None:
    """How far Twilio's word says that a text of ours has come."""
    return _MOVES.get(status)


def is_same(message: Any, text: SendText, *, since: datetime) -> bool:
    """Whether this is the text, sent since then. Twilio's times are whole seconds."""
    created = message.date_created
    return bool(
        message.body == text.body
        and str(message.direction).startswith("outbound")
        and (created is None or created >= since.replace(microsecond=0))
    )
