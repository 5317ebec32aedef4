"""Phones by themselves: one, a page of one contact's, and those of the whole book."""

from typing import Any

import pytest

from tests.clients import Client

NUMBERS = ["101", "102", "103", "+380671234567"]


@pytest.fixture
def book(alice: Client) -> Client:
    alice.create("Ada", phones=[{"number": each} for each in NUMBERS[:3]])
    alice.create("Nobody")
    alice.create("Grace", phone=NUMBERS[3])
    return alice


def numbers(page: Any) -> list[str]:
    return [each["number"] for each in page.body["items"]]


def test_one_phone_can_be_read(book: Client) -> None:
    contact = book.request("GET", "/api/contacts/1").body

    phone = book.request("GET", "/api/contacts/1/phones/2")

    assert (phone.status, phone.body) == (200, contact["phones"][1])
    assert phone.headers["etag"] == contact["etag"]
    assert book.request("GET", "/api/contacts/1/phones/4").body["code"] == "phone_not_found"


def test_nobody_reads_the_phone_of_somebody_else(book: Client, bob: Client) -> None:
    assert bob.request("GET", "/api/contacts/1/phones/1").status == 404
    assert bob.request("GET", "/api/phones").body == {"items": [], "next_cursor": None}


def test_the_phones_of_a_contact_are_paged(book: Client) -> None:
    path = "/api/contacts/1/phones"

    first = book.request("GET", path, query={"skip": "1", "limit": "1"})
    rest = book.request("GET", path, query={"cursor": first.body["next_cursor"]})

    assert (numbers(first), numbers(rest)) == (["102"], ["103"])
    assert rest.body["next_cursor"] is None
    assert first.body["next_cursor"] in first.headers["link"]
    assert numbers(book.request("GET", path, query={"skip": "3"})) == []


def test_all_phones_come_with_their_contact(book: Client) -> None:
    everything = book.request("GET", "/api/phones")

    assert numbers(everything) == NUMBERS
    contact = everything.body["items"][3].pop("contact")
    assert contact == book.request("GET", "/api/contacts/3").body
    assert everything.body["items"][3] == contact["phones"][0]


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_pages_of_all_phones_join(book: Client, limit: int) -> None:
    found, query = [], {"limit": str(limit), "skip": "1"}
    for _ in range(5):
        page = book.request("GET", "/api/phones", query=query)
        found += numbers(page)
        if page.body["next_cursor"] is None:
            break
        query["cursor"] = page.body["next_cursor"]

    assert found == NUMBERS[1:]


def test_phones_of_the_trash_are_left_out(book: Client) -> None:
    book.request("DELETE", "/api/contacts/1")

    assert numbers(book.request("GET", "/api/phones")) == NUMBERS[3:]


@pytest.mark.parametrize("cursor", ["WzFd", "WzEsOTk5OTk5OTk5OTk5OTk5XQ", "x"])
def test_a_cursor_of_nobody_is_refused(book: Client, cursor: str) -> None:
    assert book.request("GET", "/api/phones", query={"cursor": cursor}).status == 422
