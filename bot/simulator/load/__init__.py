"""A load generator: many simulated callers and a lean model, measured as they go."""

from bot.simulator.load.caller import Habits, LoadCaller
from bot.simulator.load.dial import CarrierDialer, Dialer, NotConnected, StreamDialer
from bot.simulator.load.exchange import Exchange
from bot.simulator.load.model import LoadModel
from bot.simulator.load.session import LoadSession
from bot.simulator.load.sound import Speech, speech
from bot.simulator.load.talk import Pace
from bot.simulator.load.tally import Tally

__all__ = [
    "CarrierDialer",
    "Dialer",
    "Exchange",
    "Habits",
    "LoadCaller",
    "LoadModel",
    "LoadSession",
    "NotConnected",
    "Pace",
    "Speech",
    "StreamDialer",
    "Tally",
    "speech",
]
