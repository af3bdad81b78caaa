"""Brains: what thinks and speaks in a call. Each vendor has a folder of its own."""

from bot.brains.brain import (
    Brain,
    CallLog,
    CallModel,
    ForCall,
    Meter,
    NotSpoken,
    Session,
    UnknownBrain,
    find_brain,
)
from bot.brains.call_requests import CallRequests
from bot.brains.clips import Clips
from bot.brains.config import (
    Abilities,
    EarlierTurn,
    FirstSound,
    ModelConfig,
    SessionConfig,
    Speaker,
)
from bot.brains.errors import (
    KeyRefused,
    ModelError,
    ModelGarbled,
    ModelLost,
    ModelNotThere,
    ModelRefused,
    ModelUnreachable,
)

__all__ = [
    "Abilities",
    "Brain",
    "CallLog",
    "CallModel",
    "CallRequests",
    "Clips",
    "EarlierTurn",
    "FirstSound",
    "ForCall",
    "KeyRefused",
    "Meter",
    "ModelConfig",
    "ModelError",
    "ModelGarbled",
    "ModelLost",
    "ModelNotThere",
    "ModelRefused",
    "ModelUnreachable",
    "NotSpoken",
    "Session",
    "SessionConfig",
    "Speaker",
    "UnknownBrain",
    "find_brain",
]
