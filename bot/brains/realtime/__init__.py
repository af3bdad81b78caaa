"""The shell around a vendor's realtime sessions: the processor that a pipeline sees."""

from bot.brains.realtime.conversation import Conversation
from bot.brains.realtime.function_rounds import FunctionRounds
from bot.brains.realtime.model import RealtimeModel
from bot.brains.realtime.vendor import Liveness, RealtimeSession, Vendor

__all__ = [
    "Conversation",
    "FunctionRounds",
    "Liveness",
    "RealtimeModel",
    "RealtimeSession",
    "Vendor",
]
