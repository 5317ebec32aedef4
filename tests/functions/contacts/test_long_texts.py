"""Contacts with more to search in than an index entry holds, on every way that writes them."""

from typing import Any

import pytest

from tests.clients import Client, Response

LONG = "щодня " * 150
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:ivan\r\nN:Франко;Іван;;;\r\nNOTE:{}\r\nEND:VCARD\r\n"


def imports(person: Client, note: str) -> Response:
    return person.request(
        "POST",
        "/api/contacts/import",
        raw=CARD.format(note).encode(),
        headers={"content-type": "text/vcard"},
    )


def found(person: Client, words: str) -> list[int]:
    items = person.request("GET", "/api/contacts", query={"q": words}).body["items"]
    return [each["id"] for each in items]


@pytest.fixture
def ivan(alice: Client) -> int:
    """A contact whose note became long when its card was imported again."""
    imports(alice, "short")
    (changed,) = imports(alice, LONG).body["items"]
    assert changed["status"] == "updated"
    contact_id: int = changed["id"]
    return contact_id


def test_a_note_that_an_import_made_long_is_found(alice: Client, ivan: int) -> None:
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
    alice: Client, ivan: int, method: str, path: str, body: dict[str, Any] | None
) -> None:
    alice.create("Іван", last_name="Франко")

    answered = alice.request(method, path, body=body)

    assert answered.status in {200, 201}
    assert ivan in found(alice, "іван")


def test_a_note_that_an_import_made_short_again_is_forgotten(alice: Client, ivan: int) -> None:
    imports(alice, "brief")

    assert found(alice, "щодня") == []
    assert found(alice, "brief") == [ivan]


def test_words_that_an_import_took_away_do_not_come_back(alice: Client) -> None:
    imports(alice, LONG)
    imports(alice, "brief")

    alice.request("PATCH", "/api/contacts/1", body={"favourite": True})

    assert found(alice, "щодня") == []
    assert found(alice, "brief") == [1]
