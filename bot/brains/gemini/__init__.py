"""All that knows the Gemini Live API: its messages, fields, voices, models and prices."""

from bot.brains.gemini.brain import GeminiBrain
from bot.brains.gemini.session import GeminiSession

__all__ = ["GeminiBrain", "GeminiSession"]
