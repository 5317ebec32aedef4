"""Whatever the API accepts comes back from every kind of file as it was."""

import json
from contextlib import suppress
from datetime import date
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import to_json

from kith.contacts.entities import Owner
from kith.contacts.exchange.csv.writer import write_csv
from kith.contacts.exchange.formats import read_cards
from kith.contacts.exchange.normalizer import card_from_contact, normalize_card
from kith.contacts.exchange.vcard.writer import write_vcards
from kith.contacts.mapper import new_contact
from kith.contacts.models import Contact
from kith.contacts.presenter import present_contact
from kith.contacts.schemas import ContactCreate
from tests.unit.contacts.exchange.cards import (
    HOSTILE_TEXTS,
    addresses,
    birthdays,
    json_values,
    numbers,
)

TODAY: Final = date(2026, 11, 21)
ALICE: Final = Owner(UUID(int=1), TODAY, "feb28", "UA")
MEDIA_TYPES: Final = {
    "vcard": "text/vcard",
    "vcard4": "text/vcard",
    "csv": "text/csv",
    "json": "application/json",
}
_letters = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))
hostile = st.one_of(
    st.sampled_from(HOSTILE_TEXTS),
    st.lists(st.sampled_from(HOSTILE_TEXTS), min_size=2, max_size=3).map("".join),
    st.text(_letters, max_size=30),
)
hostile_notes = st.lists(st.one_of(hostile, st.sampled_from("\n\r\t")), max_size=4).map("".join)
hostile_values = st.one_of(
    hostile,
    json_values,
    st.lists(hostile, max_size=3),
    st.lists(st.dictionaries(hostile, hostile, max_size=2), max_size=2),
)
own_keys = st.sampled_from(
    [
        *("company", "department", "nickname", "middle_name", "display_name", "addresses", "urls"),
        *("relations", "dates", "messengers", "vcard", "photo", "birthday", "tags", "emails"),
        *("notes", "extra", "favourite", "uid", "agent", "labels", "first_name", "kith", "merged"),
    ]
)


def entries(key: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    one = st.fixed_dictionaries({key: values, "label": st.one_of(st.none(), hostile)})
    return st.lists(one, max_size=2)


payloads = st.fixed_dictionaries(
    {
        "first_name": st.one_of(st.none(), hostile),
        "last_name": hostile.filter(str.strip),
        "emails": entries("address", addresses),
        "phones": entries("number", st.one_of(numbers, hostile.map("{}123".format))),
        "birthday": birthdays.map(
            lambda day: str(day) if day and not day.is_after(TODAY) else None
        ),
        "tags": st.lists(hostile.filter(str.strip), max_size=3),
        "favourite": st.booleans(),
        "muted": st.booleans(),
        "deceased": st.booleans(),
        "lead_days": st.one_of(st.none(), st.lists(st.integers(0, 365), max_size=3)),
        "notes": hostile_notes,
        "extra": st.dictionaries(st.one_of(own_keys, hostile), hostile_values, max_size=4),
    }
)


def accepted(payload: dict[str, Any]) -> Contact | None:
    """The contact of a payload, if the route would take it."""
    with suppress(ValidationError):
        contact = new_contact(ContactCreate.model_validate_json(json.dumps(payload)), "UA")
        contact.id = contact.version = 1
        return contact
    return None


def file_of(contact: Contact, kind: str) -> bytes:
    if kind == "json":
        return to_json({"contacts": [present_contact(contact, ALICE) | {"uid": "uid"}]})
    card = card_from_contact(contact, "uid")
    if kind == "csv":
        return write_csv([card]).encode()
    return write_vcards(card, "4.0" if kind == "vcard4" else "3.0").encode()


def content_of(contact: Contact) -> dict[str, Any]:
    """All that was said of a contact."""
    columns = contact.bulk_values()
    beside = {"id", "search", "search_long", "sort_name", "birth_key"}
    return {name: value for name, value in columns.items() if name not in beside}


@pytest.mark.parametrize("kind", MEDIA_TYPES)
@given(payloads)
def test_what_is_accepted_comes_back(kind: str, payload: dict[str, Any]) -> None:
    contact = accepted(payload)
    if contact is None:
        return

    cards = list(read_cards(file_of(contact, kind), MEDIA_TYPES[kind], most=10))

    (again,) = [normalize_card(card, TODAY).contact for card in cards]
    assert again
    assert content_of(new_contact(again, "UA")) == content_of(contact)
