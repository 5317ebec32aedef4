"""Search texts that an import broke are whole again after the migration."""

from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, text, update
from sqlalchemy.orm import Session

from kith.contacts.entities import EmailEntry, PhoneEntry
from kith.contacts.models import Contact, KnownCard
from tests.databases import RolledBack
from tests.factories import LONG_AGO, create_user

LONG = "щодня " * 150
MARK = "\x05"

migration = import_module("kith.migrations.versions.0009_search_texts")


@pytest.fixture
def alice(database: RolledBack) -> UUID:
    return create_user(database.connection, "alice")


def store(database: RolledBack, owner_id: UUID, *, version: int = 1, **columns: Any) -> None:
    """A contact with the columns of a broken one in the place of what follows from it."""
    broken = {name: columns.pop(name) for name in ("search", "search_long") if name in columns}
    with Session(database.connection, join_transaction_mode="create_savepoint") as session:
        session.add(
            Contact(
                owner_id=owner_id,
                id=1,
                first_name="Іван",
                created_at=LONG_AGO,
                updated_at=LONG_AGO,
                **columns,
            )
        )
        session.commit()
    database.connection.execute(update(Contact).values(version=version, **broken))


def texts(database: RolledBack) -> tuple[str, str | None]:
    row = database.connection.execute(text("SELECT search, search_long FROM contacts")).one()
    return (row.search, row.search_long)


def whole(database: RolledBack) -> tuple[str, str | None]:
    """What follows from the contact that is stored."""
    with Session(database.connection) as session:
        contact = session.query(Contact).one()
        contact.derive()
        session.expunge_all()
        return (contact.search, contact.search_long)


def test_a_long_text_that_was_lost_is_there_again(database: RolledBack, alice: UUID) -> None:
    columns: dict[str, Any] = {
        "emails": (EmailEntry("a@example.com"),),
        "phones": (PhoneEntry(1, "067 123 45 67", "+380671234567"),),
        "tags": ["poet"],
        "notes": LONG,
        "extra": {"company": "Kyivstar"},
    }
    store(database, alice, search=MARK, search_long=None, **columns)

    migration.rebuild_search_texts(database.connection)

    search, search_long = texts(database)
    assert search == MARK
    assert search_long is not None
    assert "0671234567" in search_long
    assert (search, search_long) == whole(database)


def test_a_long_text_beside_a_short_one_goes(database: RolledBack, alice: UUID) -> None:
    store(database, alice, notes="brief", search_long=LONG)

    migration.rebuild_search_texts(database.connection)

    assert texts(database) == whole(database)
    assert texts(database)[1] is None


def test_words_that_came_back_go(database: RolledBack, alice: UUID) -> None:
    store(database, alice, notes="brief", version=3, search="mykola\x01\x02\x03\x04brief")
    card = {"owner_id": alice, "digest": b"card", "contact_id": 1, "uid": "ivan"}
    database.connection.execute(insert(KnownCard).values(card))

    migration.rebuild_search_texts(database.connection)

    assert texts(database) == whole(database)


def test_a_batch_of_one_reaches_everybody(
    database: RolledBack, alice: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "_BATCH", 1)
    for owner_id in (alice, create_user(database.connection, "bob")):
        store(database, owner_id, notes=LONG)
    database.connection.execute(update(Contact).values(search_long=None))

    migration.rebuild_search_texts(database.connection)

    lost = text("SELECT count(*) FROM contacts WHERE search_long IS NULL")
    assert database.connection.scalar(lost) == 0


def test_a_contact_that_is_whole_is_not_written(database: RolledBack, alice: UUID) -> None:
    store(database, alice, notes=LONG)
    before = database.connection.scalar(text("SELECT xmin::text || ctid::text FROM contacts"))

    migration.rebuild_search_texts(database.connection)

    after = database.connection.scalar(text("SELECT xmin::text || ctid::text FROM contacts"))
    assert after == before
