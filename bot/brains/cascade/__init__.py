"""A cascade of services: one hears, one thinks, one speaks. Their vendors are known here alone."""

from bot.brains.cascade.accounts import Accounts
from bot.brains.cascade.brain import CascadeBrain

__all__ = ["Accounts", "CascadeBrain"]
