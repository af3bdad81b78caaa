"""The model side of a call."""

from bot.brains.realtime.brief import Brief
from bot.brains.realtime.call_requests import CallRequests
from bot.brains.realtime.client_events import line_broke_off, opening_request
from bot.brains.realtime.clips import Clips, Speaker
from bot.brains.realtime.errors import (
    KeyRefused,
    ModelGarbled,
    ModelLost,
    ModelNotThere,
    ModelRefused,
    ModelUnreachable,
    RealtimeError,
)
from bot.brains.realtime.key_check import check_model
from bot.brains.realtime.model import RealtimeModel
from bot.brains.realtime.ports import CallLog
from bot.brains.realtime.rendering import render_line
from bot.brains.realtime.server_events import Event
from bot.brains.realtime.session import RealtimeSession

__all__ = [
    "Brief",
    "CallLog",
    "CallRequests",
    "Clips",
    "Event",
    "KeyRefused",
    "ModelGarbled",
    "ModelLost",
    "ModelNotThere",
    "ModelRefused",
    "ModelUnreachable",
    "RealtimeError",
    "RealtimeModel",
    "RealtimeSession",
    "Speaker",
    "check_model",
    "line_broke_off",
    "opening_request",
    "render_line",
]
