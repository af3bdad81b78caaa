"""What is told to the outside: webhooks, e-mail and texts, each until it has arrived."""

from bot.outbox.outbox import Chore, NotDelivered, NotYet, Outbox, Sender, wait_for_the_rest
from bot.outbox.signing import signature

__all__ = ["Chore", "NotDelivered", "NotYet", "Outbox", "Sender", "signature", "wait_for_the_rest"]
