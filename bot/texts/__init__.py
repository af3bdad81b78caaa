"""Text messages to and from callers: sent, answered, and never more often than the caps allow."""

from bot.texts.after_calls import TextsAfterCalls
from bot.texts.of_call import CallTexts
from bot.texts.sending import Texts
from bot.texts.service import TextService

__all__ = ["CallTexts", "TextService", "Texts", "TextsAfterCalls"]
