"""Imports that were made: what they did, and how they are undone."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from kith import clock
from kith.contacts.imports import repository
from kith.contacts.models import ImportItem, ImportRecord, WaitingPhoto
from kith.contacts.trash.purge import purge_contacts
from tests.clients import Client, Response
from tests.databases import RolledBack
from tests.functions.contacts.test_importing import ADA, HOPPER, NOBODY, imports, people
from tests.functions.contacts.test_importing_again import NOTED, correct, only, photo

URL = "/api/contacts/imports"


def undo(person: Client, imported: Response) -> Response:
    return person.request("POST", f"{URL}/{imported.body['import_id']}/undo")


def listed(person: Client, **query: str) -> list[dict[str, Any]]:
    answered = person.request("GET", URL, query=query)
    assert answered.status == 200, answered.body
    items: list[dict[str, Any]] = answered.body["items"]
    return items


def content(contact: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in contact.items() if k not in {"etag", "updated_at"}}


def test_an_import_is_recorded_with_its_counts_and_its_items(alice: Client) -> None:
    imported = imports(alice, HOPPER + NOBODY + ADA)

    (one,) = listed(alice)
    assert one["id"] == imported.body["import_id"]
    counts = {"read": 3, "created": 2, "updated": 0, "skipped": 0, "failed": 1, "kept_yours": 0}
    assert {name: one[name] for name in counts} == counts
    assert (one["state"], one["percent"]) == ("done", 100)
    assert alice.request("GET", f"{URL}/{one['id']}").body == one
    items = alice.request("GET", f"{URL}/{one['id']}/items").body["items"]
    assert items == imported.body["items"]


def test_a_rehearsal_is_not_recorded(alice: Client) -> None:
    rehearsed = imports(alice, HOPPER, query={"dry_run": "true"})

    assert rehearsed.body["import_id"] is None
    assert listed(alice) == []


def test_imports_and_items_come_in_pages(alice: Client) -> None:
    for _ in range(3):
        imported = imports(alice, HOPPER + ADA)

    first = alice.request("GET", URL, query={"limit": "2"})
    rest = alice.request("GET", URL, query={"cursor": first.body["next_cursor"]})
    assert len({each["id"] for each in first.body["items"] + rest.body["items"]}) == 3
    assert rest.body["next_cursor"] is None
    assert first.body["items"][0]["id"] == imported.body["import_id"]

    path = f"{URL}/{imported.body['import_id']}/items"
    page = alice.request("GET", path, query={"limit": "1"})
    (last,) = alice.request("GET", path, query={"cursor": page.body["next_cursor"]}).body["items"]
    assert last["line"] == 10
    assert alice.request("GET", URL, query={"cursor": "WyIxIiwgIjIiXQ"}).status == 422


def test_bob_cannot_see_or_undo_an_import_of_alices(alice: Client, bob: Client) -> None:
    imported = imports(alice, HOPPER)
    path = f"{URL}/{imported.body['import_id']}"

    answers = [
        bob.request("GET", path),
        bob.request("GET", f"{path}/items"),
        bob.request("POST", f"{path}/undo"),
        bob.request("GET", f"{URL}/{uuid4()}"),
        bob.request("GET", f"{URL}/no-uuid"),
    ]

    assert {(each.status, each.body["code"]) for each in answers} == {(404, "import_not_found")}
    assert listed(bob) == []
    assert len(people(alice)) == 1


def test_an_undo_moves_to_the_trash_what_was_created(alice: Client) -> None:
    alice.create("Mine")
    imported = imports(alice, HOPPER + ADA)

    undone = undo(alice, imported)

    assert undone.status == 200
    assert (undone.body["state"], undone.body["trashed"], undone.body["kept"]) == ("undone", 2, [])
    assert [each["first_name"] for each in people(alice)] == ["Mine"]
    trash = alice.request("GET", "/api/contacts/trash").body["items"]
    assert {each["first_name"] for each in trash} == {"Grace", "Ada"}


def test_an_undo_gives_back_what_was_there_and_leaves_what_was_changed_since(
    alice: Client,
) -> None:
    imports(alice, NOTED)
    before = only(alice)
    news = NOTED.replace("067 123", "067 999").replace("From the", "From a new")
    imported = imports(alice, news.replace("BDAY", "EMAIL:g@example.com\r\nBDAY"))
    correct(alice, notes="Corrected since.", tags=["navy"])

    undone = undo(alice, imported)

    assert (undone.body["reverted"], undone.body["trashed"]) == (1, 0)
    assert undone.body["kept"] == [{"id": 1, "reason": "changed_since", "fields": ["notes"]}]
    changed = {"notes": "Corrected since.", "tags": ["navy"]}
    assert content(only(alice)) == content(before) | changed | {"phones": only(alice)["phones"]}
    assert only(alice)["phone"] == before["phone"]


@pytest.mark.parametrize("uid", ["UID:hopper\r\n", ""], ids=["uid", "no uid"])
def test_after_an_undo_the_same_file_brings_its_news_again(alice: Client, uid: str) -> None:
    file = NOTED.replace("UID:hopper\r\n", uid)
    news = file.replace("From the", "From a new")
    imports(alice, file)
    undo(alice, imports(alice, news))
    assert only(alice)["notes"] == "From the phone."

    again = imports(alice, news)

    assert again.body["items"][0]["status"] == "updated"
    assert only(alice)["notes"] == "From a new phone."


def test_after_an_undo_whoever_was_created_comes_again(alice: Client) -> None:
    undo(alice, imports(alice, HOPPER + ADA))

    again = imports(alice, HOPPER + ADA)

    assert again.body["summary"]["created"] == 2
    assert len(people(alice)) == 2


def test_two_cards_of_one_contact_are_taken_back_in_turn(alice: Client) -> None:
    mary = NOTED.replace("hopper", "mary").replace("Grace", "Mary")
    imports(alice, NOTED + mary)
    alice.request("POST", "/api/contacts/merge", body={"into": 1, "from": [2]})
    before = only(alice)
    imported = imports(
        alice,
        NOTED.replace("BDAY", "EMAIL:one@example.com\r\nBDAY")
        + mary.replace("BDAY", "EMAIL:two@example.com\r\nBDAY"),
    )
    assert len(only(alice)["emails"]) == 2

    undone = undo(alice, imported)

    assert undone.body["kept"] == []
    assert content(only(alice)) == content(before)


def test_a_contact_that_took_in_another_since_stays(alice: Client) -> None:
    alice.create("Grace", notes="Older.")
    imported = imports(alice, HOPPER)
    alice.request("POST", "/api/contacts/merge", body={"into": 2, "from": [1]})

    undone = undo(alice, imported)

    assert undone.body["kept"] == [{"id": 2, "reason": "merged_since", "fields": []}]
    assert only(alice)["notes"] == "Older."


def test_a_photo_that_still_waits_leaves_with_the_undo(alice: Client, database: RolledBack) -> None:
    imports(alice, NOTED)
    undo(alice, imports(alice, photo("/9j/4AAQ")))

    assert database.connection.execute(select(WaitingPhoto)).all() == []


def test_an_import_is_undone_once_and_for_thirty_days(alice: Client, database: RolledBack) -> None:
    imported, old = imports(alice, HOPPER), imports(alice, ADA)
    long_ago = clock.now() - timedelta(days=30)
    aged = update(ImportRecord).where(ImportRecord.id == old.body["import_id"])
    database.connection.execute(aged.values(created_at=long_ago))

    first, again, late = undo(alice, imported), undo(alice, imported), undo(alice, old)

    assert first.status == 200
    assert (again.status, again.body["code"]) == (409, "import_undone")
    assert (late.status, late.body["code"]) == (409, "import_too_old")
    links = {each["id"]: each["undo"] for each in listed(alice)}
    assert links == {imported.body["import_id"]: None, old.body["import_id"]: None}


def test_what_can_be_undone_says_where(alice: Client) -> None:
    imported = imports(alice, HOPPER)

    (one,) = listed(alice)

    assert one["undo"].endswith(f"{URL}/{imported.body['import_id']}/undo")


def test_old_imports_are_forgotten_with_their_items(
    alice: Client, database: RolledBack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository, "MOST_ITEMS", 3)
    first = imports(alice, HOPPER + ADA)

    second, third = imports(alice, HOPPER + ADA), imports(alice, HOPPER)

    ids = {each["id"] for each in listed(alice)}
    assert ids == {second.body["import_id"], third.body["import_id"]} - {first.body["import_id"]}
    assert database.connection.scalar(select(func.count()).select_from(ImportItem)) == 3


def test_the_cleanup_forgets_imports_after_thirty_days(alice: Client, database: RolledBack) -> None:
    imports(alice, HOPPER)

    purge_contacts(clock.now() + timedelta(days=29))
    assert len(listed(alice)) == 1
    purged = purge_contacts(clock.now() + timedelta(days=31))

    assert (purged.imports, purged.import_items) == (1, 1)
    assert database.connection.scalar(select(func.count()).select_from(ImportItem)) == 0
