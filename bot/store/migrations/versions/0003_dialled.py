"""How dialling a person for a caller went."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("calls") as calls:
        calls.add_column(sa.Column("dialled_status", sa.String()))
        calls.add_column(sa.Column("dialled_talked_secs", sa.Integer()))


def downgrade() -> None:
    with op.batch_alter_table("calls") as calls:
        calls.drop_column("dialled_talked_secs")
        calls.drop_column("dialled_status")
