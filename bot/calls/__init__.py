"""Calls: taken in at the desk, seen through by an attendant, ended once."""

from bot.calls.admission import Admission, admission
from bot.calls.closing import Closing
from bot.calls.colleagues import Colleagues, Replayed
from bot.calls.desk import Desk
from bot.calls.dialling import (
    AlreadyOrdered,
    CallOrder,
    KeyOfAnother,
    NoRoom,
    NotNow,
    Suppressed,
    UnknownAgent,
)
from bot.calls.opt_outs import OptOuts
from bot.calls.pipeline import Supplies
from bot.calls.preparing import Preparing
from bot.calls.prompts import CallRequest
from bot.calls.pulse import Pulse
from bot.calls.recovery import Recovery
from bot.calls.registry import Registry
from bot.calls.ring_back import RingBack, RingBacks
from bot.calls.runner import CallRunner
from bot.calls.standing import Standing, together
from bot.calls.troubles import KEY, Troubles
from bot.calls.watch import Watch

__all__ = [
    "KEY",
    "Admission",
    "AlreadyOrdered",
    "CallOrder",
    "CallRequest",
    "CallRunner",
    "Closing",
    "Colleagues",
    "Desk",
    "KeyOfAnother",
    "NoRoom",
    "NotNow",
    "OptOuts",
    "Preparing",
    "Pulse",
    "Recovery",
    "Registry",
    "Replayed",
    "RingBack",
    "RingBacks",
    "Standing",
    "Supplies",
    "Suppressed",
    "Troubles",
    "UnknownAgent",
    "Watch",
    "admission",
    "together",
]
