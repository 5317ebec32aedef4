"""Many contacts at once over HTTP: each has a result of its own."""

from typing import Any

import pytest

from tests.clients import Client


def bulk(person: Client, action: str, ids: list[int], **more: Any) -> dict[int, str]:
    answered = person.request(
        "POST", "/api/contacts/bulk", body={"action": action, "ids": ids, **more}
    )
    assert answered.status == 200, answered.body
    return {each["id"]: each["code"] or each["status"] for each in answered.body["items"]}


@pytest.fixture
def book(alice: Client) -> Client:
    for name in ("One", "Two", "Three"):
        alice.create(name, tags=["all"])
    return alice


def test_some_are_deleted_and_the_others_say_why_not(book: Client) -> None:
    assert bulk(book, "delete", [3, 1, 7, 3, 2**40]) == {
        3: "done",
        1: "done",
        7: "contact_not_found",
        2**40: "contact_not_found",
    }
    left = book.request("GET", "/api/contacts", query={"count": "true"}).body
    assert ([each["id"] for each in left["items"]], left["total"]) == ([2], 1)


def test_some_are_restored(book: Client) -> None:
    bulk(book, "delete", [1, 2])

    assert bulk(book, "restore", [1, 2, 3]) == {1: "done", 2: "done", 3: "not_in_trash"}
    assert len(book.request("GET", "/api/contacts").body["items"]) == 3


def test_some_are_tagged_and_found_by_it(book: Client) -> None:
    bulk(book, "delete", [3])

    assert bulk(book, "tag", [1, 2, 3], tag="Львів") == {
        1: "done",
        2: "done",
        3: "contact_not_found",
    }
    found = book.request("GET", "/api/contacts", query={"q": "lviv"}).body["items"]
    assert [each["tags"] for each in found] == [["all", "Львів"], ["all", "Львів"]]


def test_a_tag_is_taken_off(book: Client) -> None:
    assert set(bulk(book, "untag", [1, 2], tag="all").values()) == {"done"}
    assert bulk(book, "untag", [1], tag="all") == {1: "done"}
    found = book.request("GET", "/api/contacts", query={"tag": "all"}).body["items"]
    assert [each["id"] for each in found] == [3]


def test_bob_does_nothing_to_what_is_of_alice(book: Client, bob: Client) -> None:
    for action in ("delete", "restore"):
        assert set(bulk(bob, action, [1, 2, 3]).values()) == {"contact_not_found"}
    assert set(bulk(bob, "tag", [1], tag="mine").values()) == {"contact_not_found"}
    assert len(book.request("GET", "/api/contacts", query={"tag": "all"}).body["items"]) == 3


@pytest.mark.parametrize(
    "sent",
    [
        {"action": "explode", "ids": [1]},
        {"action": "delete", "ids": []},
        {"action": "delete", "ids": list(range(1, 502))},
        {"action": "delete", "ids": ["1"]},
        {"action": "delete", "ids": [0]},
        {"action": "delete", "ids": [1], "tag": "x"},
        {"action": "tag", "ids": [1]},
        {"action": "tag", "ids": [1], "tag": ""},
    ],
)
def test_what_cannot_be_done_with_many_is_refused(alice: Client, sent: dict[str, Any]) -> None:
    assert alice.request("POST", "/api/contacts/bulk", body=sent).status == 422
