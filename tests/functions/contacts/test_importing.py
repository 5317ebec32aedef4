"""Files that come in, and what is told of them."""

import json
from typing import Any
from unittest.mock import ANY

import pytest
from sqlalchemy import select

from kith import settings as environment
from kith.contacts.models import WaitingPhoto
from tests.clients import Client, Response
from tests.databases import RolledBack

HOPPER = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:hopper\r\nN:Hopper;Grace;;;\r\nFN:Grace Hopper\r\n"
    "TEL;TYPE=CELL:067 123 45 67\r\nORG:Navy\r\n"
    "BDAY;X-APPLE-OMIT-YEAR=1604:1604-12-09\r\nEND:VCARD\r\n"
)
ADA = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Lovelace;Ada;;;\r\nEND:VCARD\r\n"
NOBODY = "BEGIN:VCARD\r\nVERSION:3.0\r\nNOTE:nobody\r\nEND:VCARD\r\n"


def imports(person: Client, file: str, kind: str = "text/vcard", **more: Any) -> Response:
    headers = {"content-type": kind, **more.pop("headers", {})}
    raw = file.encode()
    return person.request("POST", "/api/contacts/import", raw=raw, headers=headers, **more)


def counts(answered: Response) -> tuple[int, int, int, int]:
    summary = answered.body["summary"]
    return (summary["created"], summary["updated"], summary["skipped"], summary["failed"])


def people(person: Client) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = person.request("GET", "/api/contacts").body["items"]
    return items


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that a test can reach."""
    for name, number in (("BYTES", 1000), ("CARDS", 3)):
        monkeypatch.setenv(f"KITH_IMPORT_{name}", str(number))
    monkeypatch.setenv("KITH_CONTACTS_LIVING", "2")
    monkeypatch.setenv("KITH_CONTACTS_CREATED_PER_DAY", "1")
    environment.settings.cache_clear()


def test_a_card_becomes_a_contact_and_the_report_says_what_was_changed(alice: Client) -> None:
    answered = imports(alice, HOPPER)

    assert answered.status == 200
    assert answered.body == {
        "import_id": ANY,
        "summary": {
            "created": 1,
            "updated": 0,
            "skipped": 0,
            "failed": 0,
            "kept_yours": 0,
            "dry_run": False,
        },
        "items": [
            {
                "line": 1,
                "status": "created",
                "reason": None,
                "id": 1,
                "changes": ["birthday_year_dropped"],
                "kept_yours": [],
            }
        ],
        "mapping": None,
    }
    (grace,) = people(alice)
    assert (grace["first_name"], grace["birthday"]) == ("Grace", "--12-09")
    assert grace["phone"] == "+380671234567"
    assert (grace["organization"], grace["extra"]) == ("Navy", {})


def test_the_same_file_again_is_nothing_new(alice: Client) -> None:
    imports(alice, HOPPER + ADA)

    again = imports(alice, HOPPER + ADA)

    assert counts(again) == (0, 0, 2, 0)
    assert [each["id"] for each in again.body["items"]] == [1, 2]
    assert len(people(alice)) == 2


def test_the_same_file_again_leaves_what_was_edited_since(alice: Client) -> None:
    imports(alice, HOPPER + ADA)
    for number in (1, 2):
        alice.request("PATCH", f"/api/contacts/{number}", body={"first_name": "Amazing"})

    again = imports(alice, HOPPER + ADA)

    assert counts(again) == (0, 0, 2, 0)
    assert {each["first_name"] for each in people(alice)} == {"Amazing"}


def test_a_card_that_changed_at_its_source_brings_what_is_new(alice: Client) -> None:
    imports(alice, HOPPER)
    alice.request("PATCH", "/api/contacts/1", body={"notes": "My own."})

    again = imports(alice, HOPPER.replace("ORG:Navy", "TITLE:Admiral\r\nEMAIL:g@example.com"))

    assert counts(again) == (0, 1, 0, 0)
    (grace,) = people(alice)
    assert (grace["organization"], grace["job_title"]) == ("Navy", "Admiral")
    assert (grace["email"], grace["notes"]) == ("g@example.com", "My own.")
    assert [each["id"] for each in grace["phones"]] == [1]
    assert counts(
        imports(alice, HOPPER.replace("ORG:Navy", "TITLE:Admiral\r\nEMAIL:g@example.com"))
    ) == (
        0,
        0,
        1,
        0,
    )


def test_whoever_is_there_already_is_not_created_again(alice: Client) -> None:
    alice.create("Ada", last_name="Lovelace")

    answered = imports(alice, ADA)

    assert answered.body["items"][0]["reason"] == "already_there"
    assert len(people(alice)) == 1


def test_one_card_twice_in_a_file_is_one_contact(alice: Client) -> None:
    answered = imports(alice, ADA + ADA)

    assert counts(answered) == (1, 0, 1, 0)
    assert answered.body["items"][1]["reason"] == "twice_in_the_file"
    assert answered.body["items"][1]["id"] == 1


def test_two_people_with_one_uid_are_two(alice: Client) -> None:
    answered = imports(alice, HOPPER + HOPPER.replace("Grace", "Mary"))

    assert counts(answered) == (2, 0, 0, 0)
    assert "uid_repeated" in answered.body["items"][1]["changes"]


def test_a_card_that_nobody_can_be_made_of_stops_no_other(alice: Client) -> None:
    answered = imports(alice, HOPPER + NOBODY + ADA)

    assert counts(answered) == (2, 0, 0, 1)
    failed = answered.body["items"][1]
    assert (failed["line"], failed["reason"], failed["id"]) == (10, "no_name", None)


def test_a_rehearsal_tells_all_and_does_nothing(alice: Client) -> None:
    answered = imports(alice, HOPPER + NOBODY + ADA, query={"dry_run": "true"})

    assert counts(answered) == (2, 0, 0, 1)
    assert answered.body["summary"]["dry_run"]
    assert people(alice) == []


def test_a_rehearsal_knows_what_is_news(alice: Client) -> None:
    imports(alice, HOPPER)
    news = HOPPER.replace("ORG:Navy", "TITLE:Admiral")
    no_news = HOPPER.replace("ORG:Navy\r\n", "")

    assert counts(imports(alice, news, query={"dry_run": "true"})) == (0, 1, 0, 0)
    assert counts(imports(alice, no_news, query={"dry_run": "true"})) == (0, 0, 1, 0)
    assert counts(imports(alice, no_news)) == (0, 0, 1, 0)


def test_whoever_was_deleted_comes_back_with_the_file(alice: Client) -> None:
    imports(alice, HOPPER + ADA)
    for number in (1, 2):
        alice.request("DELETE", f"/api/contacts/{number}")

    again = imports(alice, HOPPER + ADA)

    assert counts(again) == (2, 0, 0, 0)
    assert counts(imports(alice, HOPPER + ADA)) == (0, 0, 2, 0)


def test_whoever_was_merged_stays_merged(alice: Client) -> None:
    imports(alice, HOPPER + ADA)
    alice.request("POST", "/api/contacts/merge", body={"into": 2, "from": [1]})

    again = imports(alice, HOPPER + ADA)

    assert counts(again) == (0, 0, 2, 0)
    assert [each["id"] for each in again.body["items"]] == [2, 2]


def test_a_repeated_request_with_a_key_gets_the_first_answer(alice: Client) -> None:
    key = {"Idempotency-Key": "import-1"}
    first = imports(alice, HOPPER, headers=key)

    again = imports(alice, HOPPER, headers=key)

    assert again.body == first.body
    assert imports(alice, ADA, headers=key).body["code"] == "idempotency_key_reused"


def test_a_table_is_imported(alice: Client) -> None:
    table = "First Name,Birthday,Hobby\nГанна,1990-05-17,=1+1\n"

    assert counts(imports(alice, table, "text/csv; charset=utf-8")) == (1, 0, 0, 0)
    (one,) = people(alice)
    assert (one["first_name"], one["birthday"], one["extra"]) == (
        "Ганна",
        "1990-05-17",
        {"Hobby": "=1+1"},
    )


def test_our_json_is_imported(alice: Client) -> None:
    file = json.dumps({"contacts": [{"first_name": "Ганна", "muted": True}]})

    assert counts(imports(alice, file, "application/json")) == (1, 0, 0, 0)
    assert people(alice)[0]["muted"]


@pytest.mark.usefixtures("_small")
def test_imports_count_towards_the_living_but_not_towards_the_day(alice: Client) -> None:
    alice.create("Grace")

    answered = imports(alice, ADA + ADA.replace("Ada", "Ann"))

    assert counts(answered) == (1, 0, 0, 1)
    assert answered.body["items"][1]["reason"] == "address_book_full"
    assert counts(imports(alice, ADA.replace("Ada", "Eve"), query={"dry_run": "true"})) == (
        0,
        0,
        0,
        1,
    )


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize(
    ("file", "kind", "status", "code"),
    [
        (ADA * 4, "text/vcard", 413, "too_many_cards"),
        (HOPPER * 9, "text/vcard", 413, "too_large"),
        (ADA, "image/png", 415, "unsupported_media_type"),
        ("Hello!", "text/plain", 415, "unsupported_media_type"),
        ("PK\x03\x04\x14\x00", "application/vnd.ms-excel", 415, "unsupported_media_type"),
        ("{", "application/json", 400, "unreadable"),
        ("{}", "application/json", 422, "not_a_list_of_contacts"),
        ("Price\n1\n", "text/csv", 422, "csv_header_unknown"),
    ],
)
def test_a_file_that_is_none_is_refused(
    alice: Client, file: str, kind: str, status: int, code: str
) -> None:
    answered = imports(alice, file, kind)

    assert (answered.status, answered.body["code"]) == (status, code)


@pytest.mark.parametrize(
    "kind", ["application/octet-stream", "application/vnd.ms-excel", "text/plain", ""]
)
@pytest.mark.parametrize(
    "file",
    [ADA, "\ufeff\r\n" + ADA, "Vorname;Name\nAda;Lovelace\n", '[{"first_name": "Ada"}]'],
)
def test_what_a_file_is_is_found_out(alice: Client, file: str, kind: str) -> None:
    assert counts(imports(alice, file, kind)) == (1, 0, 0, 0)
    assert people(alice)[0]["first_name"] == "Ada"


def form(*fields: tuple[str, str, str]) -> dict[str, Any]:
    """The body and the header of a form; each field has a name, more of its header, a text."""
    parts = [
        f'--x\r\ncontent-disposition: form-data; name="{name}"{more}\r\n\r\n{text}\r\n'
        for name, more, text in fields
    ]
    headers = {"content-type": "multipart/form-data; boundary=x"}
    return {"raw": "".join([*parts, "--x--\r\n"]).encode(), "headers": headers}


def test_a_file_may_come_in_a_form_with_a_mapping(alice: Client) -> None:
    table = "Wer;Geboren\nAda Lovelace;1815-12-10\n"
    mapping = json.dumps({"Wer": "full_name", "geboren": "birthday"})
    sent = form(("file", '; filename="a.csv"', table), ("mapping", "", mapping))

    answered = alice.request("POST", "/api/contacts/import", **sent)

    assert counts(answered) == (1, 0, 0, 0)
    assert answered.body["mapping"] == {"Wer": "full_name", "Geboren": "birthday"}
    (ada,) = people(alice)
    assert (ada["last_name"], ada["birthday"]) == ("Lovelace", "1815-12-10")
    (recorded,) = alice.request("GET", "/api/contacts/imports").body["items"]
    assert (recorded["filename"], recorded["format"]) == ("a.csv", "csv")


@pytest.mark.parametrize("fields", [[("other", "", "x")], [("file", "", "no file")]])
def test_a_form_without_a_file_is_refused(
    alice: Client, fields: list[tuple[str, str, str]]
) -> None:
    answered = alice.request("POST", "/api/contacts/import", **form(*fields))

    assert (answered.status, answered.body["code"]) == (422, "form_wrong")


def test_a_rehearsal_shows_what_each_column_was_taken_for(alice: Client) -> None:
    table = "Vorname;Name;Rufname;Telefon privat\nAda;Lovelace;Addie;1234\n"
    query = {"dry_run": "true", "mapping": '{"Rufname": "nickname"}'}

    answered = imports(alice, table, "text/csv", query=query)

    assert answered.body["mapping"] == {
        "Vorname": "first_name",
        "Name": "last_name",
        "Rufname": "nickname",
        "Telefon privat": "phone.home",
    }


@pytest.mark.parametrize(
    "mapping",
    ["{", "[]", '{"Vorname": 1}', '{"Absent": "notes"}', '{"Vorname": "height"}'],
)
def test_a_mapping_that_is_none_is_refused(alice: Client, mapping: str) -> None:
    answered = imports(alice, "Vorname\nAda\n", "text/csv", query={"mapping": mapping})

    assert (answered.status, answered.body["code"]) == (422, "mapping_invalid")


def test_an_empty_file_brings_nobody(alice: Client) -> None:
    for kind in ("text/vcard", "text/csv"):
        assert counts(imports(alice, "", kind)) == (0, 0, 0, 0)


def test_a_photo_waits_to_be_put_up(alice: Client, database: RolledBack) -> None:
    imports(alice, ADA.replace("END", "PHOTO;ENCODING=b:/9j/4AAQ\r\nEND"))

    (photo,) = database.connection.execute(select(WaitingPhoto))
    assert (photo.contact_id, bytes(photo.content)) == (1, b"\xff\xd8\xff\xe0\x00\x10")
    assert people(alice)[0]["extra"] == {}


def test_bob_imports_into_his_own_book(alice: Client, bob: Client) -> None:
    imports(alice, HOPPER)

    answered = imports(bob, HOPPER)

    assert counts(answered) == (1, 0, 0, 0)
    assert len(people(alice)) == 1


def test_two_cards_of_one_contact_both_bring_what_is_new(alice: Client) -> None:
    """They were two people once, and are merged since."""
    mary = HOPPER.replace("hopper", "mary").replace("Grace", "Mary")
    imports(alice, HOPPER + mary)
    alice.request("POST", "/api/contacts/merge", body={"into": 1, "from": [2]})

    again = imports(
        alice,
        HOPPER.replace("ORG:Navy", "NOTE:Likes clocks.")
        + mary.replace("ORG:Navy", "EMAIL:mary@example.com"),
    )

    assert counts(again) == (0, 2, 0, 0)
    (contact,) = people(alice)
    assert (contact["notes"], contact["email"]) == ("Likes clocks.", "mary@example.com")
