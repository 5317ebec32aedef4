"""Tags as things: counted, renamed, removed, and compared without their case."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.clients import Client
from tests.databases import RolledBack
from tests.factories import create_user
from tests.unit.contacts.exchange.cards import HOSTILE_TEXTS


def tags_of(client: Client, contact_id: int) -> Any:
    return client.request("GET", f"/api/contacts/{contact_id}").body["tags"]


def counted(client: Client) -> list[tuple[str, int]]:
    items = client.request("GET", "/api/tags").body["items"]
    return [(each["name"], each["count"]) for each in items]


@pytest.fixture
def book(alice: Client) -> Client:
    alice.create("Ada", tags=["Family", "work"])
    alice.create("Grace", tags=["family"])
    alice.create("Nobody")
    alice.create("Trashed", tags=["FAMILY", "gone"])
    alice.request("DELETE", "/api/contacts/4")
    return alice


def test_tags_are_listed_with_their_counts(book: Client, bob: Client) -> None:
    assert counted(book) == [("Family", 2), ("work", 1)]
    assert counted(bob) == []


@pytest.mark.parametrize("limit", ["1", "2"])
def test_pages_of_tags_join(book: Client, limit: str) -> None:
    book.create("Edsger", tags=["ящик", "Archive"])
    found: list[str] = []
    query = {"limit": limit, "skip": "1"}
    for _ in range(4):
        page = book.request("GET", "/api/tags", query=query).body
        found += [each["name"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]

    assert found == ["Family", "work", "ящик"]


@pytest.mark.parametrize("tag", ["family", "FAMILY", " Family "])
def test_a_filter_by_tag_ignores_case(book: Client, tag: str) -> None:
    found = book.request("GET", "/api/contacts", query={"tag": tag, "count": "true"}).body

    assert [each["id"] for each in found["items"]] == [1, 2]
    assert found["total"] == 2


def test_the_first_spelling_of_a_tag_stays(book: Client) -> None:
    book.request("PUT", "/api/contacts/1/tags/FAMILY")
    book.request("POST", "/api/contacts/bulk", body={"action": "tag", "ids": [1], "tag": "WORK"})

    assert tags_of(book, 1) == ["Family", "work"]
    assert book.create("Alan", tags=["Straße", "STRASSE", "Ґ", "ґ"])["tags"] == ["Straße", "Ґ"]


def test_a_tag_is_taken_off_in_any_case(book: Client) -> None:
    removed = book.request("DELETE", "/api/contacts/1/tags/FAMILY")
    book.request("POST", "/api/contacts/bulk", body={"action": "untag", "ids": [1], "tag": "Work"})

    assert removed.status == 204
    assert tags_of(book, 1) == []


def test_a_tag_is_renamed_everywhere_in_the_trash_too(book: Client) -> None:
    renamed = book.request("PATCH", "/api/tags/family", body={"name": "Kin"})
    book.request("POST", "/api/contacts/4/restore")

    assert (renamed.status, renamed.body) == (200, {"name": "Kin", "count": 2})
    assert [tags_of(book, each) for each in (1, 2, 4)] == [
        ["Kin", "work"],
        ["Kin"],
        ["Kin", "gone"],
    ]
    assert [
        each["id"]
        for each in book.request("GET", "/api/contacts", query={"q": "kin"}).body["items"]
    ] == [1, 2, 4]


def test_a_rename_onto_another_tag_makes_them_one(book: Client) -> None:
    untouched = book.request("GET", "/api/contacts/3").body

    renamed = book.request("PATCH", "/api/tags/WORK", body={"name": "Family"})

    assert renamed.body == {"name": "Family", "count": 2}
    assert [tags_of(book, each) for each in (1, 2)] == [["Family"], ["Family"]]
    assert book.request("GET", "/api/contacts/1").body["etag"] == '"2"'
    assert book.request("GET", "/api/contacts/3").body == untouched


def test_a_rename_to_the_same_name_touches_nobody(book: Client) -> None:
    book.request("PATCH", "/api/tags/work", body={"name": "work"})

    assert book.request("GET", "/api/contacts/1").body["etag"] == '"1"'


def test_a_tag_is_removed_everywhere(book: Client) -> None:
    assert book.request("DELETE", "/api/tags/FAMILY").status == 204

    assert counted(book) == [("work", 1)]
    assert book.request("DELETE", "/api/tags/FAMILY").body["code"] == "tag_not_found"


def test_what_nobody_has_or_can_have_is_refused(book: Client, bob: Client) -> None:
    assert book.request("PATCH", "/api/tags/none", body={"name": "x"}).status == 404
    assert bob.request("PATCH", "/api/tags/family", body={"name": "x"}).status == 404
    assert bob.request("DELETE", "/api/tags/family").status == 404
    for name in ("", " ", "\u200b", "x" * 51, None, 7):
        assert book.request("PATCH", "/api/tags/family", body={"name": name}).status == 422
    assert counted(book) == [("Family", 2), ("work", 1)]


TAGS = st.sampled_from([each for each in HOSTILE_TEXTS if len(each) <= 50])


@given(tags=st.lists(TAGS, min_size=1, max_size=4), name=TAGS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_hostile_text_is_a_tag_like_others(
    database: RolledBack, tags: list[str], name: str
) -> None:
    """`null` became SQL's null, and export, merge and import answered 503 from then on."""
    client = Client(create_user(database.connection))
    created = client.request("POST", "/api/contacts", body={"first_name": name, "tags": tags})
    if created.status == 422:
        return
    stored = created.body["tags"]
    for tag in stored:
        bulk = {"action": "untag", "ids": [1], "tag": tag}
        assert client.request("POST", "/api/contacts/bulk", body=bulk).status == 200
    for tag in stored:
        if "/" not in tag:
            assert client.request("PUT", f"/api/contacts/1/tags/{tag}").status == 200
        client.request("PATCH", "/api/contacts/1", body={"tags": stored})
        found = client.request("GET", "/api/contacts", query={"tag": tag}).body["items"]
        assert [each["tags"] for each in found] == [stored]

    assert client.request("GET", "/api/contacts/export", query={"format": "json"}).status == 200
    assert sorted(each for each, _ in counted(client)) == sorted(stored)
    for tag in stored:
        if "/" not in tag:
            renamed = client.request("PATCH", f"/api/tags/{tag}", body={"name": f"{tag[:40]}+"})
            assert renamed.status == 200, tag


def test_no_stored_tag_is_null(database: RolledBack, alice: Client) -> None:
    alice.create(tags=["null", "NULL", "x"])
    alice.request("PATCH", "/api/contacts/1", body={"tags": ["Null", "nUll", "None"]})

    nulls = text("SELECT count(*) FROM contacts WHERE array_position(tags, NULL) IS NOT NULL")
    assert database.connection.scalar(nulls) == 0
    assert tags_of(alice, 1) == ["Null", "None"]
