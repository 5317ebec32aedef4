"""A file that comes again: what it changed since counts, and no correction is undone."""

import json
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from kith import settings as environment
from kith.contacts.imports import importer
from kith.contacts.models import Contact, KnownCard, WaitingPhoto
from tests.clients import Client, Response
from tests.clock import FrozenClock
from tests.databases import RolledBack
from tests.functions.contacts.test_importing import HOPPER, counts, imports, people

NOTED = HOPPER.replace("ORG:Navy\r\n", "NOTE:From the phone.\r\n")
WITHOUT_UID = NOTED.replace("UID:hopper\r\n", "")


def only(person: Client) -> dict[str, Any]:
    (one,) = people(person)
    return one


def correct(person: Client, **fields: Any) -> None:
    answered = person.request("PATCH", "/api/contacts/1", body=fields)
    assert answered.status == 200, answered.body


def numbers(contact: dict[str, Any]) -> list[str]:
    return [each["number"] for each in contact["phones"]]


def kept(answered: Response) -> list[list[str]]:
    return [each["kept_yours"] for each in answered.body["items"]]


@pytest.mark.parametrize("file", [NOTED, WITHOUT_UID], ids=["uid", "no uid"])
def test_a_number_that_changed_in_the_phone_brings_back_nothing_else(
    alice: Client, file: str
) -> None:
    """Without a uid the card is known by its name and its address."""
    file = file.replace("BDAY", "EMAIL:grace@example.com\r\nBDAY")
    imports(alice, file)
    corrected = {"birthday": "1906-12-09", "notes": "A rear admiral.", "tags": ["navy"]}
    correct(alice, **corrected)

    again = imports(alice, file.replace("067 123 45 67", "067 765 43 21"))

    assert counts(again) == (0, 1, 0, 0)
    assert kept(again) == [[]]
    grace = only(alice)
    assert {name: grace[name] for name in corrected} == corrected
    assert numbers(grace) == ["067 765 43 21"]


def test_what_both_changed_stays_ours_and_is_reported(alice: Client) -> None:
    imports(alice, NOTED)
    correct(alice, last_name="Murray", notes="Mine.")

    news = NOTED.replace("Hopper", "Hopper-Murray").replace("From the", "From a new")
    again = imports(alice, news)

    assert counts(again) == (0, 0, 1, 0)
    assert again.body["summary"]["kept_yours"] == 1
    assert again.body["items"][0]["reason"] == "kept_yours"
    assert kept(again) == [["last_name", "notes"]]
    assert (only(alice)["last_name"], only(alice)["notes"]) == ("Murray", "Mine.")
    assert kept(imports(alice, news)) == [[]]


def test_a_rehearsal_reports_what_would_stay_ours(alice: Client) -> None:
    imports(alice, NOTED)
    correct(alice, notes="Mine.")

    news = NOTED.replace("From the", "From a new")
    rehearsed = imports(alice, news, query={"dry_run": "true"})

    assert kept(rehearsed) == [["notes"]]
    assert kept(imports(alice, news)) == [["notes"]]


def test_a_number_that_both_changed_stays_ours(alice: Client) -> None:
    imports(alice, NOTED)
    correct(alice, phone="1111")

    again = imports(alice, NOTED.replace("067 123 45 67", "2222"))

    assert kept(again) == [["phones"]]
    assert numbers(only(alice)) == ["1111"]


def test_a_number_that_the_file_adds_comes_beside_ours(alice: Client) -> None:
    imports(alice, NOTED)
    correct(alice, phone="1111")

    again = imports(alice, NOTED.replace("BDAY", "TEL:2222\r\nBDAY"))

    assert kept(again) == [[]]
    assert numbers(only(alice)) == ["1111", "2222"]


def test_a_file_that_goes_back_to_what_it_said_is_followed(alice: Client) -> None:
    imports(alice, NOTED)
    imports(alice, NOTED.replace("From the", "From a new"))

    back = imports(alice, NOTED)

    assert counts(back) == (0, 1, 0, 0)
    assert only(alice)["notes"] == "From the phone."


def test_what_is_not_known_to_be_news_leaves_ours(alice: Client, database: RolledBack) -> None:
    """Cards that were imported before they were remembered; what is empty here is filled."""
    imports(alice, NOTED)
    database.connection.execute(update(KnownCard).values(card=None))
    correct(alice, first_name="Amazing")

    news = NOTED.replace("Hopper", "Murray").replace("BDAY", "EMAIL:g@e.co\r\nBDAY")
    again = imports(alice, news)

    assert kept(again) == [["first_name", "last_name"]]
    grace = only(alice)
    assert (grace["first_name"], grace["last_name"], grace["email"]) == (
        "Amazing",
        "Hopper",
        "g@e.co",
    )


def test_a_namesake_with_another_number_is_another_person(alice: Client) -> None:
    imports(alice, WITHOUT_UID)

    again = imports(alice, WITHOUT_UID.replace("067 123 45 67", "2222"))

    assert counts(again) == (1, 0, 0, 0)
    (pair,) = alice.request("GET", "/api/contacts/duplicates").body["items"]
    assert pair["reasons"] == ["same_name"]


def test_a_card_that_might_be_two_contacts_is_neither(alice: Client) -> None:
    for _ in range(2):
        alice.create("Grace", last_name="Hopper", phone="067 123 45 67")

    answered = imports(alice, WITHOUT_UID)

    assert counts(answered) == (1, 0, 0, 0)


def photo(letters: str) -> str:
    return NOTED.replace("END", f"PHOTO;ENCODING=b:{letters}\r\nEND")


def test_a_photo_that_the_file_had_before_does_not_replace_the_owners(
    alice: Client, database: RolledBack
) -> None:
    imports(alice, photo("/9j/4AAQ"))
    database.connection.execute(delete(WaitingPhoto))

    imports(alice, photo("/9j/4AAQ").replace("From the", "From a new"))

    assert database.connection.execute(select(WaitingPhoto)).all() == []


def test_a_photo_that_changed_is_news_by_itself(alice: Client, database: RolledBack) -> None:
    imports(alice, photo("/9j/4AAQ"))

    again = imports(alice, photo("/9j/4AAR"))

    assert counts(again) == (0, 1, 0, 0)
    (waiting,) = database.connection.execute(select(WaitingPhoto))
    assert bytes(waiting.content) == b"\xff\xd8\xff\xe0\x00\x11"


def test_a_contact_that_is_purged_while_a_file_is_read_is_new(
    alice: Client, database: RolledBack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the plan and the lock; it was a KeyError and a 503."""
    imports(alice, NOTED)
    make_plan = importer._Plan.__init__

    def plan_and_purge(plan: importer._Plan, *arguments: Any) -> None:
        make_plan(plan, *arguments)
        database.connection.execute(delete(Contact))

    monkeypatch.setattr(importer._Plan, "__init__", plan_and_purge)

    again = imports(alice, NOTED.replace("From the", "From a new"))

    assert counts(again) == (1, 0, 0, 0)
    assert only(alice)["notes"] == "From a new phone."


@pytest.mark.parametrize("trashed", [0, 6])
def test_the_trash_counts_towards_what_an_import_may_store(
    alice: Client, trashed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(trashed):
        alice.create(f"Somebody {number}")
        alice.request("DELETE", f"/api/contacts/{number + 1}")
    monkeypatch.setenv("KITH_CONTACTS_LIVING", "2")
    environment.settings.cache_clear()

    answered = imports(alice, NOTED + NOTED.replace("hopper", "other").replace("Grace", "Mary"))

    reasons = [each["reason"] for each in answered.body["items"]]
    assert reasons == ([None, None] if trashed == 0 else ["trash_full", "trash_full"])


@pytest.mark.parametrize("form", ["vcard", "csv", "json"])
@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_our_own_export_may_be_edited_and_imported(alice: Client, form: str, version: str) -> None:
    """In a spreadsheet, say; nobody changed the contact here since."""
    alice.create("Grace", last_name="Hopper", notes="Old.", tags=["navy"], nickname="Amazing")
    file, kind = export(alice, form, version)

    again = imports(alice, file.replace("Old.", "New."), kind)

    assert counts(again) == (0, 1, 0, 0)
    assert (only(alice)["notes"], only(alice)["tags"]) == ("New.", ["navy"])
    assert only(alice)["nickname"] == "Amazing"


@pytest.mark.parametrize("form", ["vcard", "csv", "json"])
def test_an_old_export_of_ours_undoes_no_correction(
    alice: Client, form: str, clock: FrozenClock
) -> None:
    alice.create("Grace", last_name="Hopper", notes="Old.")
    file, kind = export(alice, form)
    clock.set_offset(60)
    correct(alice, notes="Corrected.")

    again = imports(alice, file.replace("Old.", "Old!"), kind)

    assert kept(again) == [["notes"]]
    assert only(alice)["notes"] == "Corrected."


def export(person: Client, form: str, version: str = "3.0") -> tuple[str, str]:
    query = {"format": form, "version": version}
    answered = person.request("GET", "/api/contacts/export", query=query)
    body = answered.body if isinstance(answered.body, str) else json.dumps(answered.body)
    return body, answered.headers["content-type"]


def test_one_page_under_two_labels_stays_two(alice: Client) -> None:
    """Entries that differ by their label only are no one entry whose label changed."""
    urls = [{"url": "https://a.example/", "label": each} for each in ("home", "work")]
    file = json.dumps([{"uid": "grace", "first_name": "Grace", "urls": urls}])
    imports(alice, file, "application/json")

    imports(alice, file.replace("Grace", "Amazing"), "application/json")

    assert only(alice)["urls"] == urls
