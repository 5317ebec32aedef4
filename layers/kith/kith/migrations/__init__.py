"""Alembic's history of the schema, and how it is brought to its head."""
