"""Recordings of calls, and by what right they were made."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "recordings",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("sid", sa.String()),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("move", sa.String(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("duration_secs", sa.Integer()),
        sa.Column("channels", sa.Integer()),
        sa.Column("size", sa.Integer()),
        sa.Column("kept_at", MOMENT),
        sa.Column("left_carrier_at", MOMENT),
        sa.Column("deleted_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_recordings"),
        sa.UniqueConstraint("sid", name="uq_recordings_sid"),
    )
    op.create_index("ix_recordings_call_id", "recordings", ["call_id"])
    op.create_index("ix_recordings_made_at", "recordings", ["made_at"])
    with op.batch_alter_table("calls") as calls:
        calls.add_column(sa.Column("recording", sa.JSON()))


def downgrade() -> None:
    with op.batch_alter_table("calls") as calls:
        calls.drop_column("recording")
    op.drop_table("recordings")
