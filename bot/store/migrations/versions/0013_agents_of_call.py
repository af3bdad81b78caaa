"""Which agents had a call, one after the other."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("calls") as calls:
        calls.add_column(sa.Column("agents", sa.JSON()))


def downgrade() -> None:
    with op.batch_alter_table("calls") as calls:
        calls.drop_column("agents")
