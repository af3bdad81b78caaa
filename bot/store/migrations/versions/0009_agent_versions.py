"""The versions of agents, and which of them a call has."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agent_versions",
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("hours_text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("agent", "since", name=op.f("pk_agent_versions")),
    )
    with op.batch_alter_table("calls") as calls:
        calls.add_column(sa.Column("agent_version_hash", sa.String()))
        calls.add_column(sa.Column("agent_version_since", sa.DateTime(timezone=True)))


def downgrade() -> None:
    with op.batch_alter_table("calls") as calls:
        calls.drop_column("agent_version_since")
        calls.drop_column("agent_version_hash")
    op.drop_table("agent_versions")
