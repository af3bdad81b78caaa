"""All that knows OpenAI Realtime: its events, fields, voices, models and prices."""

from bot.brains.openai.brain import OpenAIBrain
from bot.brains.openai.session import OpenAISession

__all__ = ["OpenAIBrain", "OpenAISession"]
