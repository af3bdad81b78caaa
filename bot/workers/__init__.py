"""Several worker processes behind one address."""

from bot.workers.acceptor import listeners_at
from bot.workers.parent import serve_with_workers

__all__ = ["listeners_at", "serve_with_workers"]
