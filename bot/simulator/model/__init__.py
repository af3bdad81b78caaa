"""The far side of the OpenAI Realtime wire: a model that listens, speaks, calls and fails."""

from bot.simulator.model.dialect import Dialect
from bot.simulator.model.manner import Faults, Incident, Manner, Mishap, Moment
from bot.simulator.model.record import Moved, SessionRecord
from bot.simulator.model.script import ANYTHING, Call, ModelScript, Step
from bot.simulator.model.server import RealtimeModelServer
from bot.simulator.model.wire import assert_valid_server_event

__all__ = [
    "ANYTHING",
    "Call",
    "Dialect",
    "Faults",
    "Incident",
    "Manner",
    "Mishap",
    "ModelScript",
    "Moment",
    "Moved",
    "RealtimeModelServer",
    "SessionRecord",
    "Step",
    "assert_valid_server_event",
]
