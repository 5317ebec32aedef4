"""Export, delete everything, import: the same book."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select

from kith.contacts.entities import Owner
from kith.contacts.exchange.card import Card, LabelledValue
from kith.contacts.exchange.exporter import Exporter
from kith.contacts.exchange.formats import read_cards
from kith.contacts.fields import has_ink
from kith.contacts.imports.importer import Importer, prepare_import
from kith.contacts.models import Contact
from kith.contacts.repository import ContactRepository
from tests.databases import RolledBack
from tests.factories import create_user
from tests.unit.contacts.exchange.cards import HOSTILE_TEXTS, cards

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
KINDS = {
    "vcard": "text/vcard",
    "vcard4": "text/vcard",
    "csv": "text/csv",
    "json": "application/json",
}
HISTORY = {"id", "created_at", "updated_at", "version", "uid", "deleted_at", "phones_made"}


def owner(user_id: UUID) -> Owner:
    return Owner(user_id, date(2026, 11, 21), "feb28", "UA")


def bring_in(database: RolledBack, whose: Owner, people: Any) -> list[str]:
    prepared = prepare_import(people, whose)
    with database.writing() as work:
        Importer(work.session, whose, NOW).run(prepared)
    return [each.status for each in prepared.results]


def take_out(database: RolledBack, whose: Owner, form: str) -> bytes:
    with database.reading() as connection:
        export = Exporter(connection, whose)
        if form == "vcard":
            return export.vcards(0, 10**9, "3.0").content
        if form == "vcard4":
            return export.vcards(0, 10**9, "4.0").content
        return (export.csv(0, 10**9) if form == "csv" else export.json(0, 10**9)).content


def book(database: RolledBack, whose: Owner) -> list[dict[str, Any]]:
    """All that is said of the living contacts, in order of creation."""
    living = (Contact.owner_id == whose.id) & Contact.deleted_at.is_(None)
    rows = database.connection.execute(select(Contact).where(living).order_by(Contact.id))
    return [{k: v for k, v in row._asdict().items() if k not in HISTORY} for row in rows]


def trash_everybody(database: RolledBack, whose: Owner) -> None:
    with database.writing() as work:
        ids = list(
            work.connection.scalars(
                select(Contact.id).where(Contact.deleted_at.is_(None), Contact.owner_id == whose.id)
            )
        )
        ContactRepository(work.session, whose.id).move_to_trash(ids, NOW)


@pytest.mark.parametrize("form", KINDS)
@given(people=st.lists(cards(), min_size=1, max_size=4))
@hypothesis_settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_same_book_comes_back(database: RolledBack, form: str, people: list[Card]) -> None:
    alice = owner(create_user(database.connection, "alice"))
    bring_in(database, alice, people)
    before = book(database, alice)
    file = take_out(database, alice, form)

    again = bring_in(database, alice, read_cards(file, KINDS[form], most=100))
    trash_everybody(database, alice)
    bring_in(database, alice, read_cards(file, KINDS[form], most=100))

    assert set(again) <= {"skipped"}
    assert book(database, alice) == before


def nasty(text: str) -> Card:
    """Somebody whose every text is this one."""
    label = LabelledValue("5-12-34", text)
    return Card(1, None, text, text, phones=(label,), tags=(text,), notes=text, extra={text: text})


@pytest.mark.parametrize("form", KINDS)
def test_nobody_takes_a_text_for_something_else(database: RolledBack, form: str) -> None:
    """Neither the driver's arrays, nor PostgreSQL, nor one of our files."""
    texts = {" ".join(each.split()) for each in HOSTILE_TEXTS if has_ink(each)}
    alice = owner(create_user(database.connection, "alice"))
    bring_in(database, alice, map(nasty, sorted(texts)))
    before = book(database, alice)

    file = take_out(database, alice, form)
    trash_everybody(database, alice)
    again = bring_in(database, alice, read_cards(file, KINDS[form], most=1000))

    assert set(again) == {"created"}
    assert book(database, alice) == before
    assert {row["first_name"] for row in before} == texts
