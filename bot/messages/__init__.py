"""Messages that callers leave for people of the business: taken, delivered, acknowledged."""

from bot.messages.book import MessageBook
from bot.messages.letters import letter_of, text_of
from bot.messages.links import AcknowledgeLinks
from bot.messages.of_call import CallMessages

__all__ = ["AcknowledgeLinks", "CallMessages", "MessageBook", "letter_of", "text_of"]
