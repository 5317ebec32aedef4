"""Address books that leave as files."""

import csv
import io
import json
from types import SimpleNamespace
from typing import Any

import pytest

from functions.contacts.app import handler
from kith import settings as environment
from tests import events
from tests.clients import Client


def exports(person: Client, **query: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and the file."""
    event = events.request("GET", "/api/contacts/export", query=query, identity=person.identity)
    answer: dict[str, Any] = handler(event, SimpleNamespace(aws_request_id="1", function_name="c"))
    assert (answer["statusCode"] == 200) is not answer["isBase64Encoded"]  # files travel as text
    return answer["statusCode"], answer["headers"], answer["body"]


@pytest.fixture
def ivan(alice: Client) -> dict[str, Any]:
    exported: dict[str, Any] = alice.create(
        "Іван",
        last_name="=HYPERLINK(1)",
        phones=[{"number": "+380671234567", "label": "mobile"}],
        birthday="--05-17",
        favourite=True,
        middle_name="Якович",
        nickname="Ваня",
        organization="Kyivstar",
        job_title="@engineer",
        addresses=[{"label": "home", "street": "=1+1", "city": "Київ"}],
        urls=[{"url": "https://example.com/ivan?a=1,2"}],
        messengers=[{"service": "Signal", "handle": "+380671234567"}],
        relations=[{"kind": "spouse", "name": "Ольга"}],
        how_we_met="-2 рази",
        gift_ideas=["Tea", "=Cup"],
        extra={"shoe size": 44},
    )
    return exported


def test_a_vcard_speaks_the_words_of_phones(alice: Client, ivan: dict[str, Any]) -> None:
    status, headers, file = exports(alice)

    assert status == 200
    assert headers["content-type"] == "text/vcard; charset=utf-8"
    assert headers["content-disposition"] == 'attachment; filename="contacts.vcf"'
    lines = file.split("\r\n")
    assert lines[:4] == [
        "BEGIN:VCARD",
        "VERSION:3.0",
        "N:=HYPERLINK(1);Іван;Якович;;",
        "FN:Іван Якович =HYPERLINK(1)",
    ]
    assert "TEL;TYPE=CELL:+380671234567" in lines
    assert "BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-17" in lines
    assert {"ORG:Kyivstar", "NICKNAME:Ваня", "TITLE:@engineer"} <= set(lines)
    assert {"ADR;TYPE=HOME:;;=1+1;Київ;;;", "URL:https://example.com/ivan?a=1,2"} <= set(lines)


def test_a_vcard_of_today_writes_yearless_birthdays_as_they_are(
    alice: Client, ivan: dict[str, Any]
) -> None:
    _, _, file = exports(alice, format="vcard", version="4.0")

    assert "VERSION:4.0\r\n" in file
    assert "BDAY:--0517\r\n" in file


def test_a_table_runs_nothing_in_a_spreadsheet(alice: Client, ivan: dict[str, Any]) -> None:
    _, headers, file = exports(alice, format="csv")

    (row,) = csv.DictReader(io.StringIO(file, newline=""))
    assert headers["content-type"] == "text/csv; charset=utf-8"
    assert row["First Name"] == "Іван"
    assert row["Last Name"] == "'=HYPERLINK(1)"
    assert row["Phone 1 - Value"] == "+380671234567"
    assert row["Organization Name"] == "Kyivstar"
    assert row["Organization Title"] == "'@engineer"
    assert (row["Address 1 - Street"], row["Address 1 - City"]) == ("'=1+1", "Київ")
    assert row["Website 1 - Value"] == "https://example.com/ivan?a=1,2"
    assert (row["IM 1 - Service"], row["Relation 1 - Value"]) == ("Signal", "Ольга")
    assert (row["How We Met"], row["Gift Ideas"]) == ("'-2 рази", "Tea ::: =Cup")


def test_json_is_what_the_api_shows_and_a_uid(alice: Client, ivan: dict[str, Any]) -> None:
    _, headers, file = exports(alice, format="json")

    (exported,) = json.loads(file)["contacts"]
    assert headers["content-type"] == "application/json"
    assert exported.pop("uid").startswith("urn:uuid:")
    assert exported == ivan


def test_what_was_exported_is_known_when_it_comes_back(alice: Client, ivan: dict[str, Any]) -> None:
    for form, kind in (("vcard", "text/vcard"), ("csv", "text/csv"), ("json", "application/json")):
        _, _, file = exports(alice, format=form)
        answered = alice.request(
            "POST",
            "/api/contacts/import",
            raw=file.encode(),
            headers={"content-type": kind},
        )
        assert answered.body["items"][0]["reason"] in {"unchanged", "already_there"}


@pytest.mark.parametrize("form", ["vcard", "csv", "json"])
def test_a_large_book_comes_in_parts_that_are_files(
    alice: Client, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    for number in range(5):
        alice.create(f"Somebody {number}")
    monkeypatch.setenv("KITH_EXPORT_BYTES", "250")
    environment.settings.cache_clear()

    files, query = [], {"format": form}
    while query:
        _, headers, file = exports(alice, **query)
        files.append(file)
        cursor = headers.get("link", "").partition("cursor=")[2].partition(">")[0]
        query = {"format": form, "cursor": cursor} if cursor else {}

    assert len(files) > 1
    assert ["Somebody 3" in each for each in files].count(True) == 1
    assert sum(each.count("Somebody") for each in files) >= 5


def test_a_contact_with_very_many_columns_makes_no_part_too_long(
    alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row of a file has as many cells as the contact with most phones needs."""
    alice.create("Ada", phones=[{"number": f"{number} 123"} for number in range(50)])
    for number in range(20):
        alice.create(f"Somebody {number}")
    monkeypatch.setenv("KITH_EXPORT_BYTES", "4000")
    environment.settings.cache_clear()

    files, query = [], {"format": "csv"}
    while query:
        _, headers, file = exports(alice, **query)
        files.append(file)
        cursor = headers.get("link", "").partition("cursor=")[2].partition(">")[0]
        query = {"format": "csv", "cursor": cursor} if cursor else {}

    assert sum(file.count("Somebody") for file in files) == 20
    assert max(len(file.encode()) for file in files) <= 4_000


def test_an_empty_book_is_an_empty_file(alice: Client) -> None:
    assert exports(alice)[2] == ""
    assert exports(alice, format="json")[2] == '{"contacts":[]}'


def test_what_nobody_knows_is_refused(alice: Client) -> None:
    for query in ({"format": "pdf"}, {"version": "2.1"}, {"cursor": "x"}):
        assert exports(alice, **query)[0] == 422


def test_the_trash_and_others_books_stay_where_they_are(
    alice: Client, bob: Client, ivan: dict[str, Any]
) -> None:
    assert exports(bob)[2] == ""
    alice.request("DELETE", f"/api/contacts/{ivan['id']}")
    assert exports(alice)[2] == ""
