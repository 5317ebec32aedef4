"""Alembic's environment: one transaction per migration, on the connection that we are given."""

from alembic import context

from kith.database.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
