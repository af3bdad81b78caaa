"""Tools: functions that the model may call during a call."""

# First what tools are made of: files of tools may import it from here.
from tools.ports import (
    Business,
    BusinessError,
    CallControl,
    Contacts,
    Facts,
    HoursOf,
    Knowledge,
    Messages,
    NotFound,
    NumberKind,
    NumberNeeded,
    Numbers,
    Refused,
    Texts,
    Unavailable,
)
from tools.tool import Tool, ToolAnswer, ToolCall, covers, needs, records
from tools.values import Day, Moment, TimeOfDay

# isort: split
from tools.appointments import book_appointment, find_appointments, find_slots, hold_slot
from tools.call import end_call, hand_over, stop_asking, transfer_to_human
from tools.hours import lookup_hours
from tools.keys import press_keys, wait_on_hold, wait_on_line
from tools.knowledge import check_and_call_back, lookup_context
from tools.messages import take_message
from tools.numbers import ask_for_number, hand_in_number
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
    "Knowledge",
    "Messages",
    "Moment",
    "NotFound",
    "NumberKind",
    "NumberNeeded",
    "Numbers",
    "Refused",
    "Texts",
    "TimeOfDay",
    "Tool",
    "ToolAnswer",
    "ToolCall",
    "Toolbox",
    "Unavailable",
    "another_language",
    "ask_for_number",
    "book_appointment",
    "call_back_later",
    "cancel_appointment",
    "check_and_call_back",
    "confirm_appointment",
    "covers",
    "end_call",
    "find_appointments",
    "find_slots",
    "hand_over",
    "hand_in_number",
    "hold_slot",
    "lookup_context",
    "lookup_hours",
    "lookup_order",
    "needs",
    "opt_out",
    "press_keys",
    "records",
    "reschedule_appointment",
    "right_person",
    "send_text",
    "take_message",
    "stop_asking",
    "transfer_to_human",
    "wait_on_hold",
    "wait_on_line",
    "wrong_person",
]
