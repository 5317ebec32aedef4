"""A face: uploaded as API Gateway would pass it on, and kept from hurting anybody else."""

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import pytest

from tests import photographs
from tests.journeys.people import Person
from tests.local_cloud import RunningCloud
from tests.waiting import HANG_SECONDS, wait_until

PHOTOGRAPH: Final = photographs.taken_by_a_phone("JPEG")
MEGABYTE: Final = 1024 * 1024


@pytest.fixture
def provider(stack: RunningCloud) -> Iterator[httpx.Client]:
    """The stand-in for Cloudinary, where this stack found it."""
    address = "http://" + stack.state()["cloudinary"]["address"]
    with httpx.Client(base_url=address, timeout=HANG_SECONDS) as client:
        yield client
        client.delete("/_faults")


def sent(person: Person, content: bytes, **more: Any) -> httpx.Response:
    return person.http.patch(
        "/api/users/avatar", files={"file": ("me.jpg", content)}, timeout=HANG_SECONDS, **more
    )


def test_a_new_face_replaces_initials(alice: Person) -> None:
    before = alice.http.get("/api/users/me").json()["avatar_url"]
    assert "<svg" in alice.http.get(before).text

    answer = sent(alice, PHOTOGRAPH)

    assert answer.status_code == 200
    address = answer.json()["avatar_url"]
    assert alice.http.get("/api/users/me").json()["avatar_url"] == address
    shown = httpx.get(address).content
    assert photographs.PLACE not in shown
    assert photographs.looks_like_the_scene(photographs.decoded(shown))
    small = httpx.get(address.replace("/upload/", "/upload/c_fill,h_80,w_80/")).content
    assert photographs.decoded(small).size == (80, 80)


def test_a_picture_may_have_4_megabytes_and_no_more(alice: Person) -> None:
    whole = sent(alice, PHOTOGRAPH.ljust(4 * MEGABYTE, b"\0"))
    more = sent(alice, PHOTOGRAPH.ljust(4 * MEGABYTE + 1, b"\0"))
    much_more = sent(alice, PHOTOGRAPH.ljust(8 * MEGABYTE, b"\0"))

    assert whole.status_code == 200
    assert more.status_code == 413
    assert more.json()["code"] == "picture_too_large"
    assert much_more.status_code == 413


def test_a_contact_has_a_face_too(alice: Person, bob: Person) -> None:
    contact = alice.create_contact(first_name="Grace", last_name="Hopper")
    path = f"/api/contacts/{contact['id']}/photo"

    answer = alice.http.patch(path, files={"file": PHOTOGRAPH})

    assert answer.status_code == 200
    assert httpx.get(answer.json()["photo_url"]).status_code == 200
    assert bob.http.patch(path, files={"file": PHOTOGRAPH}).status_code == 404


def test_the_photo_of_an_imported_card_is_shown_after_the_next_tick(
    stack: RunningCloud, alice: Person
) -> None:
    photo = base64.b64encode(PHOTOGRAPH).decode()
    lines = ["BEGIN:VCARD", "VERSION:3.0", "FN:Ada Lovelace", "N:Lovelace;Ada;;;"]
    card = "\r\n".join([*lines, f"PHOTO;ENCODING=b;TYPE=JPEG:{photo}", "END:VCARD", ""])
    imported = alice.http.post(
        "/api/contacts/import", content=card, headers={"content-type": "text/vcard"}
    )
    contact_id = imported.json()["items"][0]["id"]
    tick = f"{stack.origin}/2015-03-31/functions/RemindersFunction/invocations"

    event = {"time": datetime.now(UTC).isoformat()}  # noqa: TID251 - the scheduler's
    done = httpx.post(tick, json=event, timeout=HANG_SECONDS).json()

    assert done["pictures"] >= 1
    address = alice.http.get(f"/api/contacts/{contact_id}").json()["photo_url"]
    shown = httpx.get(address).content
    assert photographs.looks_like_the_scene(photographs.decoded(shown))


def test_while_uploads_hang_contacts_are_listed(
    stack: RunningCloud, alice: Person, provider: httpx.Client
) -> None:
    alice.http.get("/api/contacts")
    provider.put("/_faults", json={"hang": True}).raise_for_status()

    with ThreadPoolExecutor(20) as pool:
        uploads = [pool.submit(_hanging, alice) for _ in range(20)]
        wait_until(lambda: busy_avatars(stack))
        lists = [alice.http.get("/api/contacts").status_code for _ in range(20)]
        answers = [each.result() for each in uploads]

    assert set(lists) == {200}
    assert {answer.status_code for answer in answers} <= {429, 503}
    for answer in answers:
        if answer.headers["content-type"] == "application/problem+json":
            assert int(answer.headers["retry-after"]) >= 1


def busy_avatars(stack: RunningCloud) -> bool:
    workers = stack.state()["functions"]["AvatarsFunction"]["workers"]
    return any(worker["state"] == "busy" for worker in workers)


def _hanging(person: Person) -> httpx.Response:
    return httpx.patch(
        f"{person.http.base_url}/api/users/avatar".replace("//api", "/api"),
        files={"file": PHOTOGRAPH},
        headers={"authorization": person.http.headers["authorization"]},
        timeout=HANG_SECONDS,
    )
