"""Who gets a text after a call that was missed or broke. Plain code."""

from datetime import datetime, timedelta
from typing import Literal

from bot.calls.outcome import KEPT_OUT
from bot.carriers import is_dialable, is_sip
from bot.same_number import is_withheld
from bot.store import CallRecord

LATEST = timedelta(minutes=30)  # after the end of the call; later nobody knows what it is about

# Endings in which the line or the service went away in the middle of the talk.
_BROKEN = frozenset({"failed"})
_STOPPED = frozenset({"shutdown"})

TextBack = Literal["missed", "dropped"]


def text_back(call: CallRecord, *, now: datetime) -> TextBack | None:
    """Whether the caller of this call was not served (missed) or lost in the middle (dropped);
    None: neither, or there is nobody whom a text could reach.
    """
    if call.direction != "inbound" or call.outcome is None or call.ended_at is None:
        return None
    number = call.from_number
    if is_withheld(number) or is_sip(number) or not is_dialable(number):
        return None
    if now - call.ended_at > LATEST:
        return None
    wanted_nobody = call.dialled is not None and call.dialled.outcome == "cancelled"
    if call.dialled is not None and call.dialled.outcome != "answered" and not wanted_nobody:
        return "missed"  # put through, and nobody came
    if call.outcome.reason in KEPT_OUT:
        return None
    if call.outcome.result == "turned_away":
        return "missed"
    if call.outcome.result in _BROKEN or call.outcome.reason in _STOPPED:
        if (call.transfer is not None or call.dialled is not None) and not wanted_nobody:
            return None  # a person talked with them
        return "dropped" if call.answered_at is not None else "missed"
    return "missed" if call.answered_at is None else None
