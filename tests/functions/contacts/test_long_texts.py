"""Contacts with more to search in than an index entry holds, on every way that writes them."""

from typing import Any

import pytest

from tests.book_owners import Answered, Person

LONG = "щодня " * 150
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:ivan\r\nN:Франко;Іван;;;\r\nNOTE:{}\r\nEND:VCARD\r\n"


def imports(person: Person, note: str) -> Answered:
    return person.asks(
        "POST",
        "/api/contacts/import",
        raw=CARD.format(note).encode(),
        headers={"content-type": "text/vcard"},
    )


def found(person: Person, words: str) -> list[int]:
    items = person.asks("GET", "/api/contacts", query={"q": words}).body["items"]
    return [each["id"] for each in items]


@pytest.fixture
def ivan(alice: Person) -> int:
    """A contact whose note became long when its card was imported again."""
    imports(alice, "short")
    (changed,) = imports(alice, LONG).body["items"]
    assert changed["status"] == "updated"
    contact_id: int = changed["id"]
    return contact_id


def test_a_note_that_an_import_made_long_is_found(alice: Person, ivan: int) -> None:
    assert found(alice, "франко щодня") == [ivan]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/api/contacts/1", {"favourite": True}),
        ("PUT", "/api/contacts/1", {"first_name": "Іван"}),
        ("PUT", "/api/contacts/1/tags/poet", None),
        ("POST", "/api/contacts/1/phones", {"number": "067 123 45 67"}),
        ("POST", "/api/contacts/bulk", {"action": "tag", "ids": [1], "tag": "poet"}),
        ("POST", "/api/contacts/merge", {"into": 1, "from": [2]}),
    ],
)
def test_a_note_that_an_import_made_long_stops_no_other_change(
    alice: Person, ivan: int, method: str, path: str, body: dict[str, Any] | None
) -> None:
    alice.knows("Іван", last_name="Франко")

    answered = alice.asks(method, path, body=body)

    assert answered.status in {200, 201}
    assert ivan in found(alice, "іван")


def test_a_note_that_an_import_made_short_again_is_forgotten(alice: Person, ivan: int) -> None:
    imports(alice, "brief")

    assert found(alice, "щодня") == []
    assert found(alice, "brief") == [ivan]


def test_words_that_an_import_took_away_do_not_come_back(alice: Person) -> None:
    imports(alice, LONG)
    imports(alice, "brief")

    alice.asks("PATCH", "/api/contacts/1", body={"favourite": True})

    assert found(alice, "щодня") == []
    assert found(alice, "brief") == [1]
