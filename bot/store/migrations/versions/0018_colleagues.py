"""Which process has a call, and the stream it awaits; processes, and what they tell each other."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "processes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("listens", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_processes"),
    )
    op.create_table(
        "letters",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True),
        sa.Column("receiver", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_answer", sa.Boolean(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_letters"),
    )
    op.create_index("ix_letters_receiver", "letters", ["receiver"])
    with op.batch_alter_table("calls") as calls:
        calls.add_column(sa.Column("holder", sa.String()))
        calls.add_column(sa.Column("stream_digest", sa.String()))


def downgrade() -> None:
    with op.batch_alter_table("calls") as calls:
        calls.drop_column("stream_digest")
        calls.drop_column("holder")
    op.drop_index("ix_letters_receiver", "letters")
    op.drop_table("letters")
    op.drop_table("processes")
