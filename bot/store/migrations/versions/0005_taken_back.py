"""Suppressions that were taken off the list again: when, by whom, and by what consent."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "taken_back",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("suppressed_at", MOMENT, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("call_id", sa.String()),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("consent", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_taken_back"),
    )
    op.create_index("ix_taken_back_number", "taken_back", ["number"])


def downgrade() -> None:
    op.drop_table("taken_back")
