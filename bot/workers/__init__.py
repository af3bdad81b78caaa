"""Several worker processes behind one address."""

from bot.workers.parent import serve_with_workers

__all__ = ["serve_with_workers"]
