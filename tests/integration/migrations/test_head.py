"""The schema's way to its head on a database of its own."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from kith.database.engine import make_engine
from kith.migrations.head import upgrade

ROLE = "kith_application_of_a_test"


@pytest.fixture
def empty_database(postgres_url: str) -> Iterator[str]:
    """A database without a table, on the server that the tests share."""
    administrator = make_engine(postgres_url)
    with administrator.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CREATE DATABASE migrated"))
        try:
            yield urlsplit(postgres_url)._replace(path="/migrated").geturl()
        finally:
            connection.execute(text("DROP DATABASE migrated WITH (FORCE)"))
            connection.execute(text(f"DROP ROLE IF EXISTS {ROLE}"))
    administrator.dispose()


def engine_of(address: str) -> Engine:
    return make_engine(address)


def test_running_it_again_changes_nothing(empty_database: str) -> None:
    first = upgrade(empty_database)

    assert upgrade(empty_database) == first


def test_older_code_leaves_a_newer_schema_alone(empty_database: str) -> None:
    """What a rolled back deployment does."""
    upgrade(empty_database)
    engine = engine_of(empty_database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from_tomorrow'"))

    assert upgrade(empty_database) == "from_tomorrow"

    engine.dispose()


def test_the_application_writes_rows_but_not_the_schema(empty_database: str) -> None:
    upgrade(empty_database, ROLE)
    engine = engine_of(empty_database)

    with engine.connect() as connection:
        connection.execute(text(f"SET ROLE {ROLE}"))
        connection.execute(text("DELETE FROM users"))
        for forbidden in (
            "CREATE TABLE mine (id int)",
            "DROP TABLE users",
            "DELETE FROM alembic_version",
        ):
            with pytest.raises(DatabaseError), connection.begin_nested():
                connection.execute(text(forbidden))

    engine.dispose()


def test_a_role_by_a_strange_name_is_refused(empty_database: str) -> None:
    with pytest.raises(ValueError, match="lower-case"):
        upgrade(empty_database, "x; DROP TABLE users")
