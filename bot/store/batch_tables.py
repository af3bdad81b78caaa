"""The tables of batches; `migrations/` builds them, and a test holds the two together."""

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from bot.store.columns import CleanText, UtcDateTime
from bot.store.tables import metadata

batches = Table(
    "batches",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("name", CleanText, nullable=False),
    Column("agent", CleanText, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("state", CleanText, nullable=False),
    Column("why", CleanText, nullable=False),
    Column("moved_at", UtcDateTime),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("batch_id", CleanText, ForeignKey("batches.id"), nullable=False),
    Column("line", Integer, nullable=False),
    Column("number", CleanText, nullable=False, index=True),
    Column("name", CleanText, nullable=False),
    Column("variables", JSON, nullable=False),
    Column("appointments", JSON, nullable=False),
    Column("zone", CleanText, nullable=False),
    Column("region", CleanText, nullable=False),
    Column("consent_source", CleanText, nullable=False),
    Column("consent_at", UtcDateTime),
    Column("deadline", UtcDateTime),
    Column("visits", JSON),
    Column("state", CleanText, nullable=False),
    Column("due_at", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("disposition", CleanText, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("decision", JSON, nullable=False),
    Column("written_back", CleanText, nullable=False),
)
Index("ix_contacts_due", contacts.c.batch_id, contacts.c.state, contacts.c.due_at)
UNTOLD = contacts.c.disposition != contacts.c.written_back
Index("ix_contacts_untold", contacts.c.id, sqlite_where=UNTOLD, postgresql_where=UNTOLD)

attempts = Table(
    "attempts",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("batch_id", CleanText, ForeignKey("batches.id"), nullable=False),
    Column("contact_id", CleanText, ForeignKey("contacts.id"), nullable=False),
    Column("number", CleanText, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("planned_at", UtcDateTime, nullable=False),
    Column("state", CleanText, nullable=False),
    Column("decision", JSON, nullable=False),
    Column("placing_at", UtcDateTime),
    Column("placed_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("call_id", CleanText),
    Column("call_sid", CleanText),
    Column("disposition", CleanText, nullable=False),
    Column("detail", JSON, nullable=False),
    UniqueConstraint("contact_id", "ordinal", name="uq_attempts_contact_ordinal"),
)
Index("ix_attempts_number", attempts.c.number, attempts.c.placing_at)
Index("ix_attempts_batch", attempts.c.batch_id, attempts.c.state)

suppressions = Table(
    "suppressions",
    metadata,
    Column("number", CleanText, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("source", CleanText, nullable=False),
    Column("call_id", CleanText),
    Column("note", CleanText, nullable=False),
)

taken_back = Table(  # suppressions that are on the list no more
    "taken_back",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("number", CleanText, nullable=False, index=True),
    Column("suppressed_at", UtcDateTime, nullable=False),
    Column("source", CleanText, nullable=False),
    Column("call_id", CleanText),
    Column("note", CleanText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", CleanText, nullable=False),
    Column("consent", CleanText, nullable=False),
)

column_maps = Table(  # which column of a file means what, remembered by the file's header
    "column_maps",
    metadata,
    Column("header", CleanText, primary_key=True),  # names of columns, normalised and joined
    Column("columns", JSON, nullable=False),
)

pace = Table(  # when the next call may begin, for each thing that has a pace
    "pace",
    metadata,
    Column("name", CleanText, primary_key=True),  # "carrier", or a batch's id
    Column("next_at", UtcDateTime, nullable=False),
)

diallers = Table(  # processes that dial, by their heartbeats
    "diallers",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
)

notices = Table(  # what a sender's own system is told, and how far the telling is
    "notices",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("batch_id", CleanText, ForeignKey("batches.id"), nullable=False, index=True),
    Column("contact_id", CleanText, ForeignKey("contacts.id")),
    Column("due_at", UtcDateTime, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("told_at", UtcDateTime),
    Column("gave_up_at", UtcDateTime),
    Column("problem", CleanText, nullable=False),
)
