"""The model side of a call."""

from bot.realtime.clips import Clips, Speaker
from bot.realtime.conversation import Event, line_broke_off, opening_request
from bot.realtime.errors import ModelLost, ModelRefused, ModelUnreachable, RealtimeError
from bot.realtime.model import Brief, CallRequests, RealtimeModel
from bot.realtime.ports import CallLog
from bot.realtime.rendering import render_line
from bot.realtime.session import RealtimeSession

__all__ = [
    "Brief",
    "CallLog",
    "CallRequests",
    "Clips",
    "Event",
    "ModelLost",
    "ModelRefused",
    "ModelUnreachable",
    "RealtimeError",
    "RealtimeModel",
    "RealtimeSession",
    "Speaker",
    "line_broke_off",
    "opening_request",
    "render_line",
]
