"""The tables of the processes that serve on one database, and of what they tell each other.

`migrations/` builds them, and a test holds the two together.
"""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Integer, Table

from bot.store.columns import CleanText, UtcDateTime
from bot.store.tables import metadata

processes = Table(  # that serve, by their heartbeats
    "processes",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("listens", Boolean, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
)

letters = Table(  # from one process to another, gone as soon as they are read
    "letters",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("receiver", CleanText, nullable=False, index=True),
    Column("sender", CleanText, nullable=False),
    Column("number", Integer, nullable=False),
    Column("is_answer", Boolean, nullable=False),
    Column("body", JSON, nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
)
