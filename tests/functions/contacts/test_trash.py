"""The trash over HTTP: seen, brought back, removed for good."""

import pytest

from kith import settings as environment
from kith.contacts.schemas import TrashPage
from tests.book_owners import Person

TRASH = "/api/contacts/trash"


def test_what_is_deleted_last_is_seen_first(alice: Person) -> None:
    for name in ("One", "Two", "Three"):
        alice.knows(name)
    for contact_id in (2, 3, 1):
        alice.asks("DELETE", f"/api/contacts/{contact_id}")

    first = alice.asks("GET", TRASH, query={"limit": 2})
    rest = alice.asks("GET", TRASH, query={"cursor": first.body["next_cursor"]})

    assert [each["id"] for each in first.body["items"]] == [1, 3]
    assert [each["id"] for each in rest.body["items"]] == [2]
    TrashPage.model_validate(first.body)


def test_a_contact_comes_back_as_it_was(alice: Person) -> None:
    before = alice.knows("Ada", notes="kept", phone="067 123 45 67")
    alice.asks("DELETE", "/api/contacts/1")

    restored = alice.asks("POST", "/api/contacts/1/restore")

    assert restored.status == 200
    changed = {name for name in before if before[name] != restored.body[name]}
    assert changed == {"updated_at", "etag"}
    assert alice.asks("GET", TRASH).body["items"] == []


def test_who_is_alive_cannot_be_restored(alice: Person) -> None:
    alice.knows()

    answered = alice.asks("POST", "/api/contacts/1/restore")

    assert answered.status == 409
    assert answered.body["code"] == "not_in_trash"


def test_what_is_removed_for_good_is_gone(alice: Person) -> None:
    alice.knows()
    assert alice.asks("DELETE", f"{TRASH}/1").status == 404
    alice.asks("DELETE", "/api/contacts/1")

    assert alice.asks("DELETE", f"{TRASH}/1").status == 204

    assert alice.asks("POST", "/api/contacts/1/restore").status == 404
    assert alice.asks("DELETE", f"{TRASH}/1").status == 404
    assert alice.knows()["id"] == 2


def test_nobody_comes_back_into_a_full_book(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    alice.knows()
    alice.asks("DELETE", "/api/contacts/1")
    monkeypatch.setenv("KITH_CONTACTS_LIVING", "1")
    environment.settings.cache_clear()
    alice.knows()

    answered = alice.asks("POST", "/api/contacts/1/restore")

    assert answered.status == 429
    assert answered.body["code"] == "contact_quota"
