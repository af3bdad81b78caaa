"""Calls: taken in at the desk, seen through by an attendant, ended once."""

from bot.calls.admission import Admission, admission
from bot.calls.attendant import Attendant
from bot.calls.brief import CallRequest
from bot.calls.closing import Closing
from bot.calls.colleagues import Colleagues, Replayed
from bot.calls.desk import Addresses, CallOrder, Desk, NoRoom, UnknownAgent
from bot.calls.preparing import prepare_lines
from bot.calls.pulse import Pulse
from bot.calls.recovery import recover, recover_own
from bot.calls.registry import Registry
from bot.calls.standing import Standing, together
from bot.calls.talk import Supplies

__all__ = [
    "Addresses",
    "Admission",
    "Attendant",
    "CallOrder",
    "CallRequest",
    "Closing",
    "Colleagues",
    "Desk",
    "NoRoom",
    "Pulse",
    "Registry",
    "Replayed",
    "Standing",
    "Supplies",
    "UnknownAgent",
    "admission",
    "prepare_lines",
    "recover",
    "recover_own",
    "together",
]
