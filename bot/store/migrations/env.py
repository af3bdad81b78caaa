"""Run by Alembic for each command, with the connection and transaction it was given."""

from alembic import context

from bot.store.batch_tables import batches

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=batches.metadata,
    render_as_batch=True,  # SQLite cannot alter most of a table in place
)
with context.begin_transaction():
    context.run_migrations()
