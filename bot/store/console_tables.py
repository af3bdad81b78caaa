"""The tables of the console: who may sign in, who has, and what people did there.

`migrations/` builds them, and a test holds the two together.
"""

from sqlalchemy import JSON, Column, ForeignKey, Index, Table

from bot.store.columns import CleanText, UtcDateTime
from bot.store.tables import metadata

console_users = Table(
    "console_users",
    metadata,
    Column("name", CleanText, primary_key=True),
    Column("password_hash", CleanText, nullable=False),
    Column("role", CleanText, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)

console_sessions = Table(
    "console_sessions",
    metadata,
    Column("token_hash", CleanText, primary_key=True),
    Column(
        "user",
        CleanText,
        ForeignKey("console_users.name", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("kind", CleanText, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("client", CleanText, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("who", CleanText, nullable=False),
    Column("act", CleanText, nullable=False),
    Column("subject", CleanText, nullable=False),
    Column("details", JSON, nullable=False),
)
Index("ix_audit_at", audit.c.at, audit.c.id)
