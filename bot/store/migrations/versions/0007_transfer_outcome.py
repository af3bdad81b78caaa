"""What came of dialling a person for a caller, in our own words."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KNOWN = """
UPDATE calls SET dialled_outcome = CASE dialled_status
    WHEN 'completed' THEN 'answered'
    WHEN 'busy' THEN 'busy'
    WHEN 'failed' THEN 'failed'
    ELSE 'no_answer' END
WHERE dialled_status IS NOT NULL
"""


def upgrade() -> None:
    with op.batch_alter_table("calls") as calls:
        calls.add_column(sa.Column("dialled_outcome", sa.String()))
    op.execute(KNOWN)


def downgrade() -> None:
    with op.batch_alter_table("calls") as calls:
        calls.drop_column("dialled_outcome")
