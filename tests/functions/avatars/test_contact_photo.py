"""``/api/contacts/{contact_id}/photo``: a contact's picture, by the same rules as one's own."""

import pytest
from sqlalchemy import select, update

from kith import clock
from kith.contacts.models import Contact
from tests import photographs
from tests.functions.avatars.conftest import Client
from tests.picture_cloud import PictureCloud

PHOTOGRAPH = photographs.taken_by_a_phone("PNG")


def photo_of(alice: Client) -> str | None:
    found = alice.connection.execute(select(Contact.photo_url)).scalar_one()
    return None if found is None else str(found)


def test_a_contact_is_shown_with_their_picture(
    alice: Client, grace: str, provider: PictureCloud
) -> None:
    answer = alice.upload(PHOTOGRAPH, to=f"{grace}/photo")

    contact = answer.body
    assert answer.status == 200
    assert contact["first_name"] == "Grace"
    assert contact["etag"] == '"2"'
    shown = provider.shows(contact["photo_url"])
    assert shown is not None
    assert photographs.looks_like_the_scene(photographs.decoded(shown))


def test_a_contacts_picture_can_be_taken_down(alice: Client, grace: str) -> None:
    alice.upload(PHOTOGRAPH, to=f"{grace}/photo")

    answer = alice.request("DELETE", f"{grace}/photo")

    assert answer.status == 204
    assert photo_of(alice) is None
    assert len(alice.orphans()) == 1


def test_bob_cannot_change_or_take_down_the_picture_of_alices_contact(
    alice: Client, bob: Client, grace: str, provider: PictureCloud
) -> None:
    alice.upload(PHOTOGRAPH, to=f"{grace}/photo")
    before = photo_of(alice)
    provider.forget()

    changed = bob.upload(PHOTOGRAPH, to=f"{grace}/photo")
    removed = bob.request("DELETE", f"{grace}/photo")

    assert changed.status == removed.status == 404
    assert changed.body["code"] == "contact_not_found"
    assert photo_of(alice) == before
    assert provider.requests() == []


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_contact_that_was_changed_meanwhile_keeps_its_picture(
    alice: Client, grace: str, method: str, provider: PictureCloud
) -> None:
    headers = {"if-match": '"7"'}
    answer = (
        alice.upload(PHOTOGRAPH, to=f"{grace}/photo", headers=headers)
        if method == "PATCH"
        else alice.request(method, f"{grace}/photo", headers=headers)
    )

    assert answer.status == 412
    assert answer.body["etag"] == '"1"'
    assert provider.requests() == []


def test_a_contact_in_the_trash_has_no_place_for_a_picture(
    alice: Client, grace: str, provider: PictureCloud
) -> None:
    alice.connection.execute(update(Contact).values(deleted_at=clock.now()))

    answer = alice.upload(PHOTOGRAPH, to=f"{grace}/photo")

    assert answer.status == 404
    assert provider.requests() == []
