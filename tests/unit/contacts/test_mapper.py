from collections.abc import Callable
from typing import Any

import pytest

from kith.birthdate import Birthdate
from kith.contacts.entities import EmailEntry
from kith.contacts.mapper import (
    ExtraTooLarge,
    NameMissing,
    apply_replacement,
    apply_update,
    new_contact,
)
from kith.contacts.models import Contact
from kith.contacts.schemas import ContactCreate, ContactUpdate


def stored(**payload: Any) -> Contact:
    return new_contact(ContactCreate(**payload), "UA")


def patch(contact: Contact, **payload: Any) -> None:
    apply_update(contact, ContactUpdate(**payload), "UA")


def changed(contact: Contact, change: Callable[[Contact], None]) -> set[str]:
    """The columns that a change writes, derived ones included."""
    before = contact.bulk_values()
    change(contact)
    return {name for name, value in contact.bulk_values().items() if value != before[name]}


def test_a_new_contact_has_a_value_for_every_column() -> None:
    contact = stored(first_name="Іван", birthday="--02-29", email="a@example.com")

    assert contact.birthdate == Birthdate(None, 2, 29)
    assert (contact.birth_year, contact.birth_month, contact.birth_day) == (None, 2, 29)
    assert contact.emails == (EmailEntry("a@example.com"),)
    empty = {name for name, value in contact.bulk_values().items() if value is None}
    assert {name for name in empty if not Contact.__table__.c[name].nullable} == {"id"}


def test_equal_addresses_are_one() -> None:
    emails = [{"address": "a@example.com", "label": "x"}, {"address": "a@EXAMPLE.com"}]

    assert stored(first_name="A", emails=emails).emails == (EmailEntry("a@example.com", "x"),)


def test_a_patch_changes_what_was_sent_and_what_follows_from_it() -> None:
    contact = stored(first_name="Grace", notes="kept", phone="111", tags=["a"])

    assert changed(contact, lambda each: patch(each, favourite=True)) == {"favourite"}
    assert changed(contact, lambda each: patch(each, last_name="Hopper")) == {
        *("last_name", "sort_name", "search")
    }
    assert changed(contact, lambda each: patch(each, birthday="--12-09")) == {
        *("birth_month", "birth_day")
    }


def test_a_patch_and_a_replacement_make_the_same_contact() -> None:
    payload: dict[str, Any] = {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "phone": "067 123 45 67",
        "emails": [{"address": "ada@example.com"}],
        "tags": ["x"],
        "notes": None,
        "birthday": "1815-12-10",
    }
    patched, replaced = (
        stored(first_name="Grace", phone="111", extra={"a": 1}, notes="n") for _ in "ab"
    )

    patch(patched, **payload, extra=None)
    apply_replacement(replaced, ContactCreate(**payload), "UA")

    assert patched.bulk_values() == replaced.bulk_values()


def test_a_name_must_be_left() -> None:
    with pytest.raises(NameMissing):
        patch(stored(first_name="Grace"), first_name=None)


def test_extra_does_not_outgrow_its_bounds_bit_by_bit() -> None:
    contact = stored(first_name="Grace", extra={"a": "x" * 9_000})

    with pytest.raises(ExtraTooLarge):
        patch(contact, extra={"b": "x" * 9_000})
