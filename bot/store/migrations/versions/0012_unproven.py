"""What the agent said in a call that it had done, and that nothing had."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("calls") as calls:
        calls.add_column(sa.Column("unproven", sa.JSON()))


def downgrade() -> None:
    with op.batch_alter_table("calls") as calls:
        calls.drop_column("unproven")
