"""A client that asks for some fields gets those and no others."""

from typing import Any

import pytest

from kith.contacts.presenter import SHOWN_FIELDS
from kith.contacts.rows import LONG_COLUMNS
from kith.contacts.schemas import Contact
from tests.clients import Client
from tests.functions.contacts.test_contacts import EVERYTHING


@pytest.fixture
def grace(alice: Client) -> dict[str, Any]:
    created: dict[str, Any] = alice.create(**EVERYTHING)
    return created


def test_a_list_and_a_contact_have_the_fields_that_were_asked_for(
    alice: Client, grace: dict[str, Any]
) -> None:
    query = {"fields": "id,first_name, nickname"}

    one = alice.request("GET", "/api/contacts/1", query=query)
    listed = alice.request("GET", "/api/contacts", query=query).body

    assert one.body == {"id": 1, "first_name": "Grace", "nickname": "Amazing Grace"}
    assert one.headers["etag"] == grace["etag"]
    assert listed["items"] == [one.body]


@pytest.mark.parametrize("field", sorted(Contact.model_fields))
@pytest.mark.parametrize("path", ["", "/1"])
def test_every_field_alone_is_what_it_is_among_the_others(
    alice: Client, grace: dict[str, Any], path: str, field: str
) -> None:
    answered = alice.request("GET", f"/api/contacts{path}", query={"fields": field}).body

    shown = answered if path else answered["items"][0]
    assert shown == {field: grace[field]}


@pytest.mark.parametrize("sort", ["id", "name", "updated", "birthday"])
def test_pages_of_names_go_on_in_every_order(alice: Client, sort: str) -> None:
    for number in range(5):
        alice.create(f"Somebody {number}", birthday=f"--01-0{number + 1}", notes="long")
    query = {"fields": "first_name", "limit": "2", "sort": sort, "q": "some"}
    names: list[str] = []
    cursor = None
    while not names or cursor:
        page = alice.request("GET", "/api/contacts", query=query | {"cursor": cursor or ""})
        names += [each["first_name"] for each in page.body["items"]]
        assert "fields=first_name" in page.headers.get("link", "fields=first_name")
        cursor = page.body["next_cursor"]

    assert sorted(names) == [f"Somebody {number}" for number in range(5)]


def test_the_trash_has_a_field_more(alice: Client, grace: dict[str, Any]) -> None:
    alice.request("DELETE", "/api/contacts/1")

    (shown,) = alice.request("GET", "/api/contacts/trash", query={"fields": "id,deleted_at"}).body[
        "items"
    ]

    assert shown.keys() == {"id", "deleted_at"}


@pytest.mark.parametrize("fields", ["", "nick", "id,", "id,,first_name", "ID", "version", "id;a"])
@pytest.mark.parametrize("path", ["", "/1", "/trash"])
def test_a_field_that_is_none_is_refused(
    alice: Client, grace: dict[str, Any], path: str, fields: str
) -> None:
    answered = alice.request("GET", f"/api/contacts{path}", query={"fields": fields})

    assert answered.status == 422
    assert answered.body["errors"][0]["pointer"] == "/query/fields"


def test_what_makes_a_row_long_is_a_column_of_it() -> None:
    assert SHOWN_FIELDS | {"details"} >= LONG_COLUMNS
