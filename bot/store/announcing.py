"""Which events a write about a call is, to those who want to hear of calls. Plain code."""

from collections.abc import Mapping
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


def event_of_change(changes: Mapping[str, Any]) -> str | None:
    """What others hear of when this becomes known of a call (`CallFacts`)."""
    return "transfer.started" if changes.get("transfer") is not None else None


def event_of_dialled(dialled: Dialled) -> str:
    """What others hear of when a person was dialled for a caller."""
    return "transfer.answered" if dialled.outcome == "answered" else "transfer.failed"


def event_of_tool_call(tool_call: ToolCallRecord) -> str | None:
    """What others hear of when this tool call is written down: that it did something."""
    return BOOKINGS.get(tool_call.name) if tool_call.ok else None
