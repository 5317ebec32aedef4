"""What imports put into `extra` before there were fields for it is in those fields afterwards."""

from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from kith.contacts.details.entities import (
    AddressEntry,
    ContactDetails,
    MessengerEntry,
    RelationEntry,
    UrlEntry,
)
from kith.contacts.exchange.fingerprint import contact_fingerprint
from kith.contacts.models import Contact
from tests.databases import RolledBack
from tests.factories import LONG_AGO, create_user

migration = import_module("kith.migrations.versions.0022_details_out_of_extra")

OLD: dict[str, Any] = {
    "company": "Navy",
    "department": "Ships",
    "job_title": ["Admiral", "Programmer"],
    "nickname": "Amazing Grace",
    "middle_name": "Brewster",
    "addresses": [
        {
            "po_box": "PO Box 7",
            "street": "1 Main St",
            "city": "Arlington",
            "region": "VA",
            "postal_code": "22201",
            "country": "USA",
            "label": "home",
        },
        {"planet": "Earth"},
    ],
    "urls": [{"address": "https://example.com/grace", "label": "work"}, {"address": "a page"}],
    "messengers": [{"service": "Signal", "handle": "grace"}, {"service": "", "handle": "hopper"}],
    "relations": [{"name": "Vincent", "label": "spouse"}, {"name": "Howard"}],
    "rank": 7,
}
DETAILS = ContactDetails(
    middle_name="Brewster",
    nickname="Amazing Grace",
    organization="Navy",
    job_title="Admiral",
    addresses=(AddressEntry("home", "1 Main St\nPO Box 7", "Arlington", "VA", "22201", "USA"),),
    urls=(UrlEntry("https://example.com/grace", "work"),),
    messengers=(MessengerEntry("Signal", "grace"), MessengerEntry("other", "hopper")),
    relations=(RelationEntry("spouse", "Vincent"), RelationEntry("contact", "Howard")),
)
LEFT = {
    "department": "Ships",
    "job_title": "Programmer",
    "addresses": [{"planet": "Earth"}],
    "urls": [{"label": None, "url": "a page"}],
    "rank": 7,
}


@pytest.fixture
def alice(database: RolledBack) -> UUID:
    return create_user(database.connection, "alice")


def store(database: RolledBack, owner_id: UUID, *, contact_id: int = 1, **columns: Any) -> None:
    with Session(database.connection, join_transaction_mode="create_savepoint") as session:
        session.add(
            Contact(
                owner_id=owner_id,
                id=contact_id,
                first_name="Grace",
                created_at=LONG_AGO,
                updated_at=LONG_AGO,
                **columns,
            )
        )
        session.commit()


def stored(database: RolledBack) -> list[Contact]:
    with Session(database.connection) as session:
        contacts = session.query(Contact).order_by(Contact.owner_id, Contact.id).all()
        session.expunge_all()
    return contacts


def test_what_has_a_field_moves_and_the_rest_stays(database: RolledBack, alice: UUID) -> None:
    store(database, alice, extra=OLD, notes="kept")

    migration.move_details(database.connection)

    (grace,) = stored(database)
    assert grace.details == DETAILS
    assert {key: grace.extra[key] for key in LEFT if key != "urls"} == {
        key: value for key, value in LEFT.items() if key != "urls"
    }
    assert "a page" in str(grace.extra["urls"])
    assert grace.extra.keys() == LEFT.keys()
    assert grace.version == 2


def test_what_is_searched_is_what_follows_from_the_contact(
    database: RolledBack, alice: UUID
) -> None:
    store(database, alice, extra=OLD | {"company": "Флот " * 30}, notes="щодня " * 150)

    migration.move_details(database.connection)

    (grace,) = stored(database)
    found = (grace.search, grace.search_long)
    grace.derive()
    assert found == (grace.search, grace.search_long)


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"rank": 7},
        {"company": 7, "nickname": {"a": 1}, "job_title": ["", "x"]},
        {"addresses": "somewhere", "urls": {}, "relations": [{"label": "spouse"}]},
        {"addresses": [{"city": 1}], "messengers": [{"handle": "a"}]},
    ],
)
def test_what_has_another_form_is_not_written(
    database: RolledBack, alice: UUID, extra: dict[str, Any]
) -> None:
    store(database, alice, extra=extra)

    migration.move_details(database.connection)

    (grace,) = stored(database)
    assert (grace.extra, grace.details, grace.version) == (extra, ContactDetails(), 1)


def test_what_is_too_long_is_kept_whole(database: RolledBack, alice: UUID) -> None:
    store(database, alice, extra={"company": "x" * 300})

    migration.move_details(database.connection)

    (grace,) = stored(database)
    assert grace.details.organization == "x" * 200
    assert grace.extra == {"organization_in_full": "x" * 300}


def test_a_batch_of_one_reaches_everybody_once(
    database: RolledBack, alice: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "_BATCH", 1)
    for owner_id in (alice, create_user(database.connection, "bob")):
        for contact_id in (1, 2):
            store(database, owner_id, contact_id=contact_id, extra={"company": "Navy"})

    migration.move_details(database.connection)
    migration.move_details(database.connection)

    contacts = stored(database)
    assert {each.details.organization for each in contacts} == {"Navy"}
    assert {each.version for each in contacts} == {2}


def test_a_card_that_was_imported_before_is_known_after(database: RolledBack, alice: UUID) -> None:
    extra = {key: OLD[key] for key in ("company", "nickname", "department", "job_title")}
    extra |= {"messengers": [{"service": "Signal", "handle": "g"}], "relations": [{"name": "H"}]}
    extra |= {"urls": OLD["urls"][:1], "addresses": [{"city": "Arlington", "label": "home"}]}
    store(database, alice, extra=extra)
    before = contact_fingerprint(stored(database)[0])

    migration.move_details(database.connection)

    (grace,) = stored(database)
    assert grace.details != ContactDetails()
    assert contact_fingerprint(grace) == before
    assert database.connection.scalar(text("SELECT extra ? 'company' FROM contacts")) is False
