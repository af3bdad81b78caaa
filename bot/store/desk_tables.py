"""The tables of the front desk: messages, texts, and what is delivered to the outside.

`migrations/` builds them, and a test holds the two together.
"""

from sqlalchemy import Boolean, Column, Index, Integer, Table, and_

from bot.store.columns import CleanText, UtcDateTime
from bot.store.tables import metadata

deliveries = Table(  # one thing told to one address, and how far the telling is
    "deliveries",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("event", CleanText, nullable=False),
    Column("subject", CleanText, nullable=False, index=True),
    Column("channel", CleanText, nullable=False),
    Column("target", CleanText, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("arrived_at", UtcDateTime),
    Column("gave_up_at", UtcDateTime),
    Column("problem", CleanText, nullable=False),
)
UNDELIVERED = and_(deliveries.c.arrived_at.is_(None), deliveries.c.gave_up_at.is_(None))
Index(
    "ix_deliveries_due",
    deliveries.c.due_at,
    sqlite_where=UNDELIVERED,
    postgresql_where=UNDELIVERED,
)

messages = Table(  # taken from callers, for people of the business
    "messages",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("call_id", CleanText, nullable=False, index=True),
    Column("agent", CleanText, nullable=False),
    Column("taken_at", UtcDateTime, nullable=False),
    Column("name", CleanText, nullable=False),
    Column("number", CleanText, nullable=False, index=True),
    Column("caller_number", CleanText, nullable=False),
    Column("reason", CleanText, nullable=False),
    Column("urgency", CleanText, nullable=False),
    Column("reminders", Integer, nullable=False),
    Column("next_at", UtcDateTime, index=True),
    Column("escalated_at", UtcDateTime),
    Column("acknowledged_at", UtcDateTime),
    Column("acknowledged_by", CleanText, nullable=False),
)

recordings = Table(  # of calls, at the carrier and then with us
    "recordings",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("call_id", CleanText, nullable=False, index=True),
    Column("sid", CleanText, unique=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("move", CleanText, nullable=False),
    Column("wanted", Boolean, nullable=False),
    Column("duration_secs", Integer),
    Column("channels", Integer),
    Column("size", Integer),
    Column("kept_at", UtcDateTime),
    Column("left_carrier_at", UtcDateTime),
    Column("deleted_at", UtcDateTime),
)
Index("ix_recordings_made_at", recordings.c.made_at)

blocked = Table(  # callers who are not let in
    "blocked",
    metadata,
    Column("pattern", CleanText, primary_key=True),
    Column("agent", CleanText, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("source", CleanText, nullable=False),
    Column("note", CleanText, nullable=False),
)

texts = Table(  # text messages, in both directions
    "texts",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("direction", CleanText, nullable=False),
    Column("our_number", CleanText, nullable=False),
    Column("number", CleanText, nullable=False),
    Column("body", CleanText, nullable=False),
    Column("purpose", CleanText, nullable=False),
    Column("call_id", CleanText),
    Column("made_at", UtcDateTime, nullable=False),
    Column("status", CleanText, nullable=False),
    Column("sid", CleanText, unique=True),
    Column("problem", CleanText, nullable=False),
)
Index("ix_texts_number", texts.c.number, texts.c.made_at)
