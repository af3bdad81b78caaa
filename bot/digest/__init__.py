"""What the owner is told of each call and each day."""

from bot.digest.digest import Digest

__all__ = ["Digest"]
