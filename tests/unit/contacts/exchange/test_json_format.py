"""Our own JSON, and JSON that is nearly ours."""

import json
from dataclasses import replace
from typing import Any

import pytest

from kith.contacts.details.entities import (
    AddressEntry,
    ContactDetails,
    MessengerEntry,
    RelationEntry,
    UrlEntry,
)
from kith.contacts.exchange.card import Card, LabelledValue
from kith.contacts.exchange.json_format import NotAnExport, read_json
from kith.contacts.schemas import CONTACT_EXAMPLE
from kith.errors import Unreadable
from tests.unit.contacts.exchange.cards import birthday


def cards_in(what: Any) -> list[Card]:
    return list(read_json(json.dumps(what)))


def test_a_contact_as_the_api_shows_it_is_read() -> None:
    (ivan,) = cards_in({"contacts": [{**CONTACT_EXAMPLE, "uid": "ivan"}]})

    assert ivan == Card(
        1,
        uid="ivan",
        first_name="Іван",
        last_name="Шевченко",
        emails=(LabelledValue("ivan@example.com", "home"),),
        phones=(LabelledValue("067 123 45 67", "mobile"),),
        birthday=birthday("1990-05-17"),
        tags=("family",),
        favourite=True,
        details=ContactDetails(
            middle_name="Якович",
            nickname="Ваня",
            organization="Kyivstar",
            job_title="Engineer",
            addresses=(
                AddressEntry(
                    "home",
                    street="вул. Хрещатик, 22",
                    city="Київ",
                    postal_code="01001",
                    country="Україна",
                ),
            ),
            urls=(UrlEntry("https://example.com/ivan", "work"),),
            messengers=(MessengerEntry("Signal", "+380671234567"),),
            relations=(RelationEntry("spouse", "Ольга"),),
            how_we_met="At a concert in Lviv.",
            gift_ideas=("A book about the sea",),
        ),
        # who that contact is only its own address book knows
        extra={"allergy": "nuts", "relations": [{"kind": "child", "contact_id": 9}]},
        remarks=("kept_in_extra",),
    )


def test_a_list_alone_and_a_page_of_the_api_are_read_too() -> None:
    whole = cards_in({"contacts": [CONTACT_EXAMPLE]})

    assert cards_in([CONTACT_EXAMPLE]) == whole
    assert cards_in({"items": [CONTACT_EXAMPLE], "next_cursor": None}) == whole


def test_the_short_forms_are_read() -> None:
    (one,) = cards_in([{"first_name": "Ann", "email": "a@example.com", "phones": ["12345"]}])

    assert (one.emails, one.phones) == (
        (LabelledValue("a@example.com"),),
        (LabelledValue("12345"),),
    )


def test_what_is_unknown_or_of_another_kind_is_kept() -> None:
    strange = {"first_name": "Ann", "favourite": "yes", "shoe_size": 38, "emails": [5], "tags": "x"}

    (one,) = cards_in([strange])

    assert one.extra == {"favourite": "yes", "shoe_size": 38, "emails": [5], "tags": "x"}
    assert one.remarks == ("kept_in_extra",)


def test_what_is_no_object_is_told() -> None:
    first, second = cards_in([7, CONTACT_EXAMPLE])

    assert (first.failure, second.failure, second.line) == ("not_an_object", None, 2)


@pytest.mark.parametrize("text", ["{", "", "[NaN]", "[" * 100_000])
def test_what_is_no_json_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        read_json(text)


@pytest.mark.parametrize("what", [{}, {"contacts": 5}, 7, "x", None])
def test_what_is_no_list_is_none_of_ours(what: Any) -> None:
    with pytest.raises(NotAnExport):
        cards_in(what)


def test_a_name_of_another_kind_is_kept_too() -> None:
    (one,) = cards_in([{"first_name": ["Ann"], "last_name": "Doe"}])

    assert replace(one, remarks=()) == Card(1, last_name="Doe", extra={"first_name": ["Ann"]})
