"""Constraints of the contacts' tables."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import kith.accounts.models
import kith.contacts.models  # noqa: F401 - they declare the tables
from kith.database.base import Base
from tests.databases import RolledBack
from tests.factories import create_user

TABLES = {
    *("contacts", "idempotency_keys", "merges", "waiting_photos"),
    *("imported_cards", "imports", "import_items", "contact_tombstones"),
}


def test_every_primary_key_begins_with_the_owner() -> None:
    keys = [Base.metadata.tables[name].primary_key.columns.keys() for name in TABLES]

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
