"""A big file: uploaded to S3 as a browser would, imported by the job, and undone."""

import base64
from typing import Final

import httpx

from tests import photographs
from tests.journeys.people import Person
from tests.waiting import HANG_SECONDS, wait_until

MANY: Final = 1_200
URL: Final = "/api/contacts/imports"


def file_of_cards() -> bytes:
    photo = base64.b64encode(photographs.taken_by_a_phone("JPEG")).decode()
    cards = [
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{number}\r\nN:Hopper;Grace {number};;;\r\n"
        + (f"PHOTO;ENCODING=b;TYPE=JPEG:{photo}\r\n" if number % 100 == 0 else "")
        + "END:VCARD\r\n"
        for number in range(MANY)
    ]
    return "".join(cards).encode()


def test_a_big_file_is_uploaded_worked_through_and_undone(alice: Person) -> None:
    file = file_of_cards()
    wanted = {"format": "vcard", "size": len(file), "filename": "everybody.vcf"}

    created = alice.http.post(URL, json=wanted)
    assert created.status_code == 201, created.text
    upload = created.json()["upload"]
    sent = httpx.post(
        upload["url"], data=upload["fields"], files={"file": file}, timeout=HANG_SECONDS
    )
    assert sent.status_code == 204, sent.text
    where = f"{URL}/{created.json()['id']}"
    assert alice.http.post(f"{where}/start").status_code == 202

    wait_until(lambda: alice.http.get(where).json()["state"] == "done")

    assert alice.http.get(where).json()["created"] == MANY
    counted = alice.http.get("/api/contacts", params={"count": "true", "limit": "1"})
    assert counted.json()["total"] == MANY
    undone = alice.http.post(f"{where}/undo", timeout=HANG_SECONDS)
    assert undone.json()["trashed"] == MANY


def test_a_browser_may_upload_from_any_page_of_a_laptop(alice: Person) -> None:
    upload = alice.http.post(URL, json={"format": "csv", "size": 10}).json()["upload"]

    asked = httpx.options(
        upload["url"],
        headers={"origin": "http://localhost:5173", "access-control-request-method": "POST"},
    )

    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] in {"*", "http://localhost:5173"}
