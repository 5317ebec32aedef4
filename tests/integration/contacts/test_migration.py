"""The tables that the migrations build are those that the code describes."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import kith.accounts.models
import kith.contacts.models  # noqa: F401 - its tables are what is compared
from kith.database.base import Base
from tests.databases import RolledBack
from tests.factories import create_user

ROOM = {
    *("contacts", "idempotency_keys", "merges", "waiting_photos"),
    *("imported_cards", "imports", "import_items"),
}


def test_the_schema_is_the_one_that_the_code_describes(database: RolledBack) -> None:
    context = MigrationContext.configure(
        database.connection,
        opts={
            "compare_type": True,
            "include_name": lambda name, kind, _parents: kind != "table" or name in ROOM,
            "include_object": lambda item, _name, kind, _reflected, _other: (
                kind != "table" or item.name in ROOM
            ),
        },
    )

    assert compare_metadata(context, Base.metadata) == []


def test_every_primary_key_begins_with_the_owner() -> None:
    keys = [Base.metadata.tables[name].primary_key.columns.keys() for name in ROOM]

    assert {key[0] for key in keys} == {"owner_id"}


INSERT = """
INSERT INTO contacts (owner_id, id, created_at, updated_at, first_name, sort_name, search,
                      birth_year, birth_month, birth_day)
VALUES (:owner_id, 1, now(), now(), :name, '', '', :year, :month, :day)
"""


@pytest.mark.parametrize(
    ("name", "year", "month", "day"),
    [
        (None, None, None, None),
        ("", None, None, None),
        ("A", 1900, 2, 29),
        ("A", 1999, 2, 29),
        ("A", None, 2, 30),
        ("A", 2000, 4, 31),
        ("A", 2000, 13, 1),
        ("A", 0, 1, 1),
        ("A", 2000, None, None),
        ("A", None, 5, None),
    ],
)
def test_the_database_itself_refuses_what_no_contact_can_be(
    database: RolledBack, name: str | None, year: int | None, month: int | None, day: int | None
) -> None:
    owner_id = create_user(database.connection, "alice")
    values = {"owner_id": owner_id, "name": name, "year": year, "month": month, "day": day}

    with pytest.raises(DBAPIError, match="23514"), database.connection.begin_nested():
        database.connection.execute(text(INSERT), values)


@pytest.mark.parametrize("year", [None, 2000, 1904])
def test_the_29_of_february_is_a_birthday(database: RolledBack, year: int | None) -> None:
    owner_id = create_user(database.connection, "alice")
    values = {"owner_id": owner_id, "name": "A", "year": year, "month": 2, "day": 29}

    database.connection.execute(text(INSERT), values)

    key = database.connection.scalar(text("SELECT birth_key FROM contacts"))
    assert key == 229
