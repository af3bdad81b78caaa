"""A load generator: many simulated callers and a lean model, measured as they go."""

from tests.benchmarks.load.caller import Habits, LoadCaller
from tests.benchmarks.load.dial import CarrierDialer, Dialer, NotConnected, StreamDialer
from tests.benchmarks.load.exchange import Exchange
from tests.benchmarks.load.model import LoadModel
from tests.benchmarks.load.session import LoadSession
from tests.benchmarks.load.sound import Speech, speech
from tests.benchmarks.load.talk import Pace
from tests.benchmarks.load.tally import Tally

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
