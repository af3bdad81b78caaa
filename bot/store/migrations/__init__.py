"""The steps that build the schema, in order; Alembic runs them."""
