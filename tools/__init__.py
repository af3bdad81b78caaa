"""Tools: functions that the model may call during a call."""

# First what tools are made of: files of tools may import it from here.
from tools.ports import (
    Business,
    BusinessError,
    CallControl,
    Contacts,
    Facts,
    HoursOf,
    Messages,
    NotFound,
    NumberNeeded,
    Refused,
    Texts,
    Unavailable,
)
from tools.tool import Tool, ToolAnswer, ToolCall, needs, records
from tools.values import Day, Moment, TimeOfDay

# isort: split
from tools.appointments import book_appointment, find_appointments, find_slots, hold_slot
from tools.call import end_call, transfer_to_human
from tools.hours import lookup_hours
from tools.messages import take_message
from tools.orders import lookup_order
from tools.reminders import (
    another_language,
    call_back_later,
    cancel_appointment,
    confirm_appointment,
    opt_out,
    reschedule_appointment,
    right_person,
    wrong_person,
)
from tools.texts import send_text
from tools.toolbox import Toolbox

__all__ = [
    "Business",
    "BusinessError",
    "CallControl",
    "Contacts",
    "Day",
    "Facts",
    "HoursOf",
    "Messages",
    "Moment",
    "NotFound",
    "NumberNeeded",
    "Refused",
    "Texts",
    "TimeOfDay",
    "Tool",
    "ToolAnswer",
    "ToolCall",
    "Toolbox",
    "Unavailable",
    "another_language",
    "book_appointment",
    "call_back_later",
    "cancel_appointment",
    "confirm_appointment",
    "end_call",
    "find_appointments",
    "find_slots",
    "hold_slot",
    "lookup_hours",
    "lookup_order",
    "needs",
    "opt_out",
    "records",
    "reschedule_appointment",
    "right_person",
    "send_text",
    "take_message",
    "transfer_to_human",
    "wrong_person",
]
