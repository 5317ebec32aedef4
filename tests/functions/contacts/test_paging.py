"""Lists over HTTP, page by page, in each of their orders."""

from datetime import timedelta
from typing import Any

import pytest

from kith import clock
from kith.contacts.creation_repository import ContactCreation, QuotaLimits
from kith.contacts.mapper import new_contact
from kith.contacts.schemas import ContactCreate
from tests.clients import Client
from tests.databases import RolledBack

BIRTHDAYS = ["1990-05-17", None, "--05-17", "2000-02-29", None, "1985-12-31", "1985-01-01"]
NAMES = ["Єва", "Ілля", "Ева", "яна", "Їжак", "Ян", "Żaneta"]


@pytest.fixture
def book(alice: Client) -> Client:
    for name, birthday in zip(NAMES, BIRTHDAYS, strict=True):
        alice.create(name, birthday=birthday)
    alice.request("PATCH", "/api/contacts/2", body={"notes": "newest"})
    return alice


def walk(person: Client, path: str = "/api/contacts", **query: Any) -> list[Any]:
    seen: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        answered = person.request("GET", path, query={**query, **cursor})
        assert answered.status == 200
        seen += answered.body["items"]
        if answered.body["next_cursor"] is None:
            assert "link" not in answered.headers
            return seen
        assert 'rel="next"' in answered.headers["link"]
        cursor = {"cursor": answered.body["next_cursor"]}


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 500])
@pytest.mark.parametrize(
    ("sort", "ids"),
    [
        ("id", [1, 2, 3, 4, 5, 6, 7]),
        ("name", [7, 3, 1, 2, 5, 6, 4]),
        ("updated", [2, 7, 6, 5, 4, 3, 1]),
        ("birthday", [7, 4, 3, 1, 6, 2, 5]),
    ],
)
def test_pages_put_together_are_the_whole_list(
    book: Client, sort: str, ids: list[int], limit: int
) -> None:
    assert [each["id"] for each in walk(book, sort=sort, limit=limit)] == ids


def test_without_a_wish_contacts_come_in_order_of_creation(book: Client) -> None:
    answered = book.request("GET", "/api/contacts", query={"skip": 2, "limit": 3})

    assert [each["id"] for each in answered.body["items"]] == [3, 4, 5]
    assert "total" not in answered.body


def test_a_page_begins_where_the_one_before_ended_whatever_was_deleted(book: Client) -> None:
    first = book.request("GET", "/api/contacts", query={"limit": 2}).body
    book.request("DELETE", "/api/contacts/1")

    second = book.request("GET", "/api/contacts", query={"cursor": first["next_cursor"]}).body

    assert [each["id"] for each in second["items"]] == [3, 4, 5, 6, 7]


def test_filters_travel_with_the_link(book: Client) -> None:
    answered = book.request(
        "GET", "/api/contacts", query={"limit": 1, "first_name": "я", "skip": 0}
    )

    assert "first_name=%D1%8F" in answered.headers["link"]
    assert "skip" not in answered.headers["link"]


def test_a_cursor_of_one_order_is_none_of_another(book: Client) -> None:
    cursor = book.request("GET", "/api/contacts", query={"limit": 1}).body["next_cursor"]

    answered = book.request("GET", "/api/contacts", query={"sort": "name", "cursor": cursor})

    assert answered.status == 422
    assert answered.body["code"] == "cursor_invalid"


def test_a_cursor_of_alice_shows_bob_only_what_is_his(book: Client, bob: Client) -> None:
    cursor = book.request("GET", "/api/contacts", query={"limit": 1}).body["next_cursor"]
    bob.create("One")
    bob.create("Two")

    answered = bob.request("GET", "/api/contacts", query={"cursor": cursor})

    assert [each["first_name"] for each in answered.body["items"]] == ["Two"]


def test_a_page_is_cut_short_before_it_is_too_heavy_to_be_carried(
    database: RolledBack, alice: Client
) -> None:
    long = ContactCreate(first_name="A", notes="ї" * 10_000, extra={"a": "ї" * 16_000})
    creation = ContactCreation(
        database.connection, alice.id, QuotaLimits(1000, 1000, timedelta(days=1))
    )
    for _ in range(26):  # in small steps: the transaction is never idle for long
        contacts = [new_contact(long, None) for _ in range(5)]
        creation.create(contacts, clock.now(), counted=False)

    first = alice.request("GET", "/api/contacts", query={"limit": 500})

    assert int(first.headers["content-length"]) < 6_000_000
    assert 1 < len(first.body["items"]) < 130
    assert [each["id"] for each in walk(alice, limit=500)] == list(range(1, 131))
