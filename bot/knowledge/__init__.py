"""What the documents of a client say: read, found, and told to an agent in a call."""

from bot.knowledge.embedding import Embedder, NotEmbedded
from bot.knowledge.folder import DocumentFolder
from bot.knowledge.indexing import Indexer, Report
from bot.knowledge.library import Library
from bot.knowledge.searching import Found

__all__ = [
    "DocumentFolder",
    "Embedder",
    "Found",
    "Indexer",
    "Library",
    "NotEmbedded",
    "Report",
]
