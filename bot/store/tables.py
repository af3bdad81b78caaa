"""The tables; `migrations/` builds them, and a test holds the two together."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
)

from bot.store.columns import CleanText, ExactDecimal, UtcDateTime

metadata = MetaData(
    naming_convention={  # SQLite alters a constraint by name only
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

calls = Table(
    "calls",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("call_sid", CleanText, unique=True),
    Column("key", CleanText, unique=True),
    Column("direction", CleanText, nullable=False),
    Column("agent", CleanText, nullable=False),
    Column("agent_version_hash", CleanText),
    Column("agent_version_since", UtcDateTime),
    Column("from_number", CleanText, nullable=False, index=True),
    Column("to_number", CleanText, nullable=False, index=True),
    Column("request", JSON, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("answered_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("status", CleanText, nullable=False),
    Column("outcome_result", CleanText),
    Column("outcome_reason", CleanText),
    Column("outcome_summary", CleanText),
    Column("outcome_fields", JSON(none_as_null=True)),
    Column("transfer_reason", CleanText),
    Column("transfer_at", UtcDateTime),
    Column("transfer_target", CleanText),
    Column("dialled_outcome", CleanText),
    Column("dialled_status", CleanText),
    Column("dialled_talked_secs", Integer),
    Column("transfer_steps", JSON(none_as_null=True)),
    Column("machine", JSON(none_as_null=True)),
    Column("agents", JSON(none_as_null=True)),
    Column("unproven", JSON(none_as_null=True)),
    Column("holds", JSON(none_as_null=True)),
    Column("knowledge", JSON(none_as_null=True)),
    Column("recording", JSON(none_as_null=True)),
    Column("holder", CleanText),
    Column("stream_digest", CleanText),
    Column("first_words_ms", Integer),
    Column("turn_latencies_ms", JSON, nullable=False),
    Column("usage", JSON, nullable=False),
    Column("cost_currency", CleanText),
    Column("cost_model", ExactDecimal),
    Column("cost_carrier", ExactDecimal),
    Column("cost_total", ExactDecimal),
)
Index("ix_calls_started_at", calls.c.started_at, calls.c.id)
Index(
    "ix_calls_open",
    calls.c.started_at,
    calls.c.id,
    sqlite_where=calls.c.ended_at.is_(None),
    postgresql_where=calls.c.ended_at.is_(None),
)

turns = Table(
    "turns",
    metadata,
    Column("call_id", CleanText, ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("key", CleanText, primary_key=True),
    Column("role", CleanText, nullable=False),
    Column("text", CleanText, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("interrupted", Boolean, nullable=False),
    Column("latency_ms", Integer),
)

tool_calls = Table(
    "tool_calls",
    metadata,
    Column("call_id", CleanText, ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("key", CleanText, primary_key=True),
    Column("name", CleanText, nullable=False),
    Column("arguments", JSON, nullable=False),
    Column("result", JSON(none_as_null=True)),
    Column("started_at", UtcDateTime, nullable=False),
    Column("duration_ms", Integer),
    Column("ok", Boolean),
)

agent_versions = Table(
    "agent_versions",
    metadata,
    Column("agent", CleanText, primary_key=True),
    Column("since", UtcDateTime, primary_key=True),
    Column("hash", CleanText, nullable=False),
    Column("text", CleanText, nullable=False),
    Column("hours_text", CleanText, nullable=False),
)
