"""Tools: functions that the model may call during a call."""

from tools.appointments import book_appointment, find_slots
from tools.call import end_call, transfer_to_human
from tools.hours import lookup_hours
from tools.orders import lookup_order
from tools.ports import (
    Business,
    BusinessError,
    CallControl,
    Facts,
    NotFound,
    Refused,
    Unavailable,
)
from tools.tool import Tool, ToolAnswer, ToolCall, records
from tools.toolbox import Toolbox
from tools.values import Day, TimeOfDay

__all__ = [
    "Business",
    "BusinessError",
    "CallControl",
    "Day",
    "Facts",
    "NotFound",
    "Refused",
    "TimeOfDay",
    "Tool",
    "ToolAnswer",
    "ToolCall",
    "Toolbox",
    "Unavailable",
    "book_appointment",
    "end_call",
    "find_slots",
    "lookup_hours",
    "lookup_order",
    "records",
    "transfer_to_human",
]
