"""The trash over HTTP: seen, brought back, removed for good."""

import pytest

from kith import settings as environment
from kith.contacts.schemas import TrashPage
from tests.clients import Client

TRASH = "/api/contacts/trash"


def test_what_is_deleted_last_is_seen_first(alice: Client) -> None:
    for name in ("One", "Two", "Three"):
        alice.create(name)
    for contact_id in (2, 3, 1):
        alice.request("DELETE", f"/api/contacts/{contact_id}")

    first = alice.request("GET", TRASH, query={"limit": 2})
    rest = alice.request("GET", TRASH, query={"cursor": first.body["next_cursor"]})

    assert [each["id"] for each in first.body["items"]] == [1, 3]
    assert [each["id"] for each in rest.body["items"]] == [2]
    TrashPage.model_validate(first.body)


def test_a_contact_comes_back_as_it_was(alice: Client) -> None:
    before = alice.create("Ada", notes="kept", phone="067 123 45 67")
    alice.request("DELETE", "/api/contacts/1")

    restored = alice.request("POST", "/api/contacts/1/restore")

    assert restored.status == 200
    changed = {name for name in before if before[name] != restored.body[name]}
    assert changed == {"updated_at", "etag"}
    assert alice.request("GET", TRASH).body["items"] == []


def test_who_is_alive_cannot_be_restored(alice: Client) -> None:
    alice.create()

    answered = alice.request("POST", "/api/contacts/1/restore")

    assert answered.status == 409
    assert answered.body["code"] == "not_in_trash"


def test_what_is_removed_for_good_is_gone(alice: Client) -> None:
    alice.create()
    assert alice.request("DELETE", f"{TRASH}/1").status == 404
    alice.request("DELETE", "/api/contacts/1")

    assert alice.request("DELETE", f"{TRASH}/1").status == 204

    assert alice.request("POST", "/api/contacts/1/restore").status == 404
    assert alice.request("DELETE", f"{TRASH}/1").status == 404
    assert alice.create()["id"] == 2


def test_nobody_comes_back_into_a_full_book(alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    alice.create()
    alice.request("DELETE", "/api/contacts/1")
    monkeypatch.setenv("KITH_CONTACTS_LIVING", "1")
    environment.settings.cache_clear()
    alice.create()

    answered = alice.request("POST", "/api/contacts/1/restore")

    assert answered.status == 429
    assert answered.body["code"] == "contact_quota"
