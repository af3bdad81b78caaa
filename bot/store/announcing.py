"""Which events a write about a call is, to those who want to hear of calls. Plain code."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from bot.store.records import Dialled, ToolCallRecord

# Tools that write in the diary of the business, and what it is called when they have.
BOOKINGS = MappingProxyType(
    {
        "book_appointment": "booking.made",
        "reschedule_appointment": "booking.moved",
        "cancel_appointment": "booking.cancelled",
        "confirm_appointment": "booking.confirmed",
    }
)


# What may happen when a caller is put through: of each but "called", "failed"
# and "back", others hear.
STEPS = (
    "called",  # the person's telephone is to ring
    "answered",  # the person talks with the caller
    "declined",
    "busy",
    "no_answer",
    "voicemail",
    "failed",  # the person could not be called
    "cancelled",  # the caller wanted it no more, or has hung up
    "back",  # nobody took the caller, who goes on with the agent
)
_TOLD_OF = {
    step: f"transfer.{step}"
    for step in ("answered", "declined", "busy", "no_answer", "voicemail", "cancelled")
}


def occasion_of(begun: datetime | None) -> str:
    """What tells the transfers of one call apart: when each has begun."""
    return f".{begun:%H%M%S%f}" if begun else ""


def event_of_step(step: str) -> str | None:
    """What others hear of when this happens in a transfer. That the person could not be called is
    one of the ways in which the transfer fails.
    """
    return _TOLD_OF.get(step)


def event_of_change(changes: Mapping[str, Any]) -> str | None:
    """What others hear of when this becomes known of a call (`CallFacts`)."""
    return "transfer.started" if changes.get("transfer") is not None else None


def events_of_dialled(dialled: Dialled) -> tuple[str, ...]:
    """What others hear of when the talk with a person is over, or nobody came to talk."""
    if dialled.outcome == "answered":
        return ("transfer.answered", "transfer.completed")
    return ("transfer.failed",)


def event_of_tool_call(tool_call: ToolCallRecord) -> str | None:
    """What others hear of when this tool call is written down: that it did something."""
    return BOOKINGS.get(tool_call.name) if tool_call.ok else None
