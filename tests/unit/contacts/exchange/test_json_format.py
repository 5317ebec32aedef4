"""Our own JSON, and JSON that is nearly ours."""

import json
from dataclasses import replace
from typing import Any

import pytest

from kith.contacts.exchange import json_format
from kith.contacts.exchange.card import Card, Labelled
from kith.contacts.schemas import CONTACT
from kith.errors import Unreadable


def cards_in(what: Any) -> list[Card]:
    return list(json_format.read(json.dumps(what)))


def test_a_contact_as_the_api_shows_it_is_read() -> None:
    (ivan,) = cards_in({"contacts": [{**CONTACT, "uid": "ivan"}]})

    assert ivan == Card(
        1,
        uid="ivan",
        first_name="Іван",
        last_name="Шевченко",
        emails=[Labelled("ivan@example.com", "home")],
        phones=[Labelled("067 123 45 67", "mobile")],
        birthday="1990-05-17",
        tags=["family"],
        favourite=True,
        extra={"company": "Kyivstar"},
    )


def test_a_list_alone_and_a_page_of_the_api_are_read_too() -> None:
    whole = cards_in({"contacts": [CONTACT]})

    assert cards_in([CONTACT]) == whole
    assert cards_in({"items": [CONTACT], "next_cursor": None}) == whole


def test_the_short_forms_are_read() -> None:
    (one,) = cards_in([{"first_name": "Ann", "email": "a@example.com", "phones": ["12345"]}])

    assert (one.emails, one.phones) == ([Labelled("a@example.com")], [Labelled("12345")])


def test_what_is_unknown_or_of_another_kind_is_kept() -> None:
    strange = {"first_name": "Ann", "favourite": "yes", "shoe_size": 38, "emails": [5], "tags": "x"}

    (one,) = cards_in([strange])

    assert one.extra == {"favourite": "yes", "shoe_size": 38, "emails": [5], "tags": "x"}
    assert one.remarks == ["kept_in_extra"]


def test_what_is_no_object_is_told() -> None:
    first, second = cards_in([7, CONTACT])

    assert (first.trouble, second.trouble, second.line) == ("not_an_object", None, 2)


@pytest.mark.parametrize("text", ["{", "", "[NaN]", "[" * 100_000])
def test_what_is_no_json_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        json_format.read(text)


@pytest.mark.parametrize("what", [{}, {"contacts": 5}, 7, "x", None])
def test_what_is_no_list_is_none_of_ours(what: Any) -> None:
    with pytest.raises(json_format.NotOurs):
        cards_in(what)


def test_a_name_of_another_kind_is_kept_too() -> None:
    (one,) = cards_in([{"first_name": ["Ann"], "last_name": "Doe"}])

    assert replace(one, remarks=[]) == Card(1, last_name="Doe", extra={"first_name": ["Ann"]})
