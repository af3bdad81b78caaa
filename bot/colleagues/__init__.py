"""Processes that serve on one database ask each other for what only one of them can do."""

from bot.colleagues.asking import Asking, open_colleagues

__all__ = ["Asking", "open_colleagues"]
