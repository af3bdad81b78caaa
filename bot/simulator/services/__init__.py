"""Simulated services of a cascade: their far side of the wire, with faults."""

from bot.simulator.services.faults import ChatFaults, ServiceFaults, SpeechFaults
from bot.simulator.services.server import SpeechServices
from bot.simulator.services.state import Pace

__all__ = ["ChatFaults", "Pace", "ServiceFaults", "SpeechFaults", "SpeechServices"]
