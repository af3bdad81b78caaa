"""The far side of the Gemini Live wire: it plays the same scripts as the other simulated model."""

from bot.simulator.gemini.record import GeminiRecord
from bot.simulator.gemini.server import GeminiModelServer

__all__ = ["GeminiModelServer", "GeminiRecord"]
