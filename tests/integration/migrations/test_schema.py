"""The tables that the migrations build are those that the code describes."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from kith.database.base import Base
from tests.databases import RolledBack
from tests.mapped_tables import mapped_tables


def test_the_schema_is_the_one_that_the_code_describes(database: RolledBack) -> None:
    mapped_tables()
    context = MigrationContext.configure(database.connection, opts={"compare_type": True})

    assert compare_metadata(context, Base.metadata) == []
