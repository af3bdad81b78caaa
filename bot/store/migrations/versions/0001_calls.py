"""Calls, their turns and their tool calls."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
AMOUNT = sa.Numeric().with_variant(sa.String(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("call_sid", sa.String()),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("from_number", sa.String(), nullable=False),
        sa.Column("to_number", sa.String(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("outcome_result", sa.String()),
        sa.Column("outcome_reason", sa.String()),
        sa.Column("outcome_summary", sa.String()),
        sa.Column("outcome_fields", sa.JSON()),
        sa.Column("transfer_reason", sa.String()),
        sa.Column("transfer_at", MOMENT),
        sa.Column("transfer_target", sa.String()),
        sa.Column("first_words_ms", sa.Integer()),
        sa.Column("turn_latencies_ms", sa.JSON(), nullable=False),
        sa.Column("usage", sa.JSON(), nullable=False),
        sa.Column("cost_currency", sa.String()),
        sa.Column("cost_model", AMOUNT),
        sa.Column("cost_carrier", AMOUNT),
        sa.Column("cost_total", AMOUNT),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
        sa.UniqueConstraint("call_sid", name="uq_calls_call_sid"),
    )
    op.create_index("ix_calls_from_number", "calls", ["from_number"])
    op.create_index("ix_calls_to_number", "calls", ["to_number"])
    op.create_index("ix_calls_started_at", "calls", ["started_at", "id"])
    op.create_index(
        "ix_calls_open",
        "calls",
        ["started_at", "id"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "turns",
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("interrupted", sa.Boolean(), nullable=False),
        sa.Column("latency_ms", sa.Integer()),
        sa.PrimaryKeyConstraint("call_id", "key", name="pk_turns"),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name="fk_turns_call_id_calls", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "tool_calls",
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON()),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("duration_ms", sa.Integer()),
        sa.Column("ok", sa.Boolean()),
        sa.PrimaryKeyConstraint("call_id", "key", name="pk_tool_calls"),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name="fk_tool_calls_call_id_calls", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("tool_calls")
    op.drop_table("turns")
    op.drop_table("calls")
