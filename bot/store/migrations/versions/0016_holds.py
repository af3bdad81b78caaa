"""How long the other side of a call let us wait."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("calls") as calls:
        calls.add_column(sa.Column("holds", sa.JSON()))


def downgrade() -> None:
    with op.batch_alter_table("calls") as calls:
        calls.drop_column("holds")
