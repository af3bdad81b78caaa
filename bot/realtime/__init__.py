"""The model side of a call."""

from bot.realtime.brief import Brief
from bot.realtime.call_requests import CallRequests
from bot.realtime.client_events import line_broke_off, opening_request
from bot.realtime.clips import Clips, Speaker
from bot.realtime.errors import (
    KeyRefused,
    ModelGarbled,
    ModelLost,
    ModelNotThere,
    ModelRefused,
    ModelUnreachable,
    RealtimeError,
)
from bot.realtime.key_check import check_model
from bot.realtime.model import RealtimeModel
from bot.realtime.ports import CallLog
from bot.realtime.rendering import render_line
from bot.realtime.server_events import Event
from bot.realtime.session import RealtimeSession

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
