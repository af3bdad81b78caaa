"""Batches: contacts, the ledger of attempts, numbers never to call again; keys of calls."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("calls") as calls:
        calls.add_column(sa.Column("key", sa.String()))
        calls.add_column(sa.Column("machine", sa.JSON()))
        calls.create_unique_constraint("uq_calls_key", ["key"])
    op.create_table(
        "batches",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("moved_at", MOMENT),
        sa.Column("started_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
    )
    op.create_table(
        "contacts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("batch_id", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("variables", sa.JSON(), nullable=False),
        sa.Column("appointments", sa.JSON(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("consent_source", sa.String(), nullable=False),
        sa.Column("consent_at", MOMENT),
        sa.Column("deadline", MOMENT),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("disposition", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("decision", sa.JSON(), nullable=False),
        sa.Column("written_back", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_contacts_batch_id_batches"),
    )
    op.create_index("ix_contacts_number", "contacts", ["number"])
    op.create_index("ix_contacts_due", "contacts", ["batch_id", "state", "due_at"])
    untold = sa.text("disposition != written_back")
    op.create_index(
        "ix_contacts_untold", "contacts", ["id"], sqlite_where=untold, postgresql_where=untold
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("batch_id", sa.String(), nullable=False),
        sa.Column("contact_id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("planned_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decision", sa.JSON(), nullable=False),
        sa.Column("placing_at", MOMENT),
        sa.Column("placed_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("call_id", sa.String()),
        sa.Column("call_sid", sa.String()),
        sa.Column("disposition", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_attempts_batch_id_batches"),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name="fk_attempts_contact_id_contacts"
        ),
        sa.UniqueConstraint("contact_id", "ordinal", name="uq_attempts_contact_ordinal"),
    )
    op.create_index("ix_attempts_number", "attempts", ["number", "placing_at"])
    op.create_index("ix_attempts_batch", "attempts", ["batch_id", "state"])
    op.create_table(
        "suppressions",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("call_id", sa.String()),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_suppressions"),
    )
    op.create_table(
        "column_maps",
        sa.Column("header", sa.String(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("header", name="pk_column_maps"),
    )
    op.create_table(
        "pace",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_pace"),
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("batch_id", sa.String(), nullable=False),
        sa.Column("contact_id", sa.String()),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("told_at", MOMENT),
        sa.Column("gave_up_at", MOMENT),
        sa.Column("problem", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_notices_batch_id_batches"),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name="fk_notices_contact_id_contacts"
        ),
    )
    op.create_index("ix_notices_batch_id", "notices", ["batch_id"])


def downgrade() -> None:
    for table in (
        "notices",
        "workers",
        "pace",
        "column_maps",
        "suppressions",
        "attempts",
        "contacts",
        "batches",
    ):
        op.drop_table(table)
    with op.batch_alter_table("calls") as calls:
        calls.drop_constraint("uq_calls_key", type_="unique")
        calls.drop_column("machine")
        calls.drop_column("key")
