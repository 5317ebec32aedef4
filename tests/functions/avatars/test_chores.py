"""What the scheduled job does for pictures."""

from datetime import timedelta
from typing import Final

import pytest
from sqlalchemy import delete, func, select, update

from kith import clock
from kith.accounts.models import OrphanedPicture, User
from kith.accounts.orphaned_pictures import picture_folder, record_orphans
from kith.avatars.cleanup import PictureCleanup, clean_up_pictures
from kith.contacts.exchange.card import MAX_PHOTO_BYTES
from kith.contacts.exchange.pending_photos import store_pending_photos
from kith.contacts.models import Contact, WaitingPhoto
from tests import photographs
from tests.functions.avatars.conftest import Client
from tests.picture_cloud import PictureCloud

PHOTOGRAPH: Final = photographs.taken_by_a_phone("JPEG")
SPEND: Final = timedelta(seconds=10)


def later(hours: float = 3) -> PictureCleanup:
    return clean_up_pictures(clock.now() + timedelta(hours=hours), SPEND)


def waiting(alice: Client) -> int:
    return int(
        alice.connection.execute(select(func.count()).select_from(WaitingPhoto)).scalar_one()
    )


def test_a_replaced_picture_leaves_the_provider_after_a_while(
    alice: Client, provider: PictureCloud
) -> None:
    alice.upload(PHOTOGRAPH)
    before = alice.avatar_url()
    alice.upload(PHOTOGRAPH)

    done = later()

    assert done == PictureCleanup(removed=1)
    assert alice.orphans() == []
    assert before is not None
    assert provider.shows(before) is None
    assert provider.shows(alice.avatar_url() or "") is not None


def test_a_young_orphan_may_still_find_a_home(alice: Client) -> None:
    alice.request("POST", "/api/users/avatar/upload-signature")

    assert later(hours=1) == PictureCleanup()
    assert len(alice.orphans()) == 1


def test_a_picture_that_is_shown_after_all_is_left_alone(
    alice: Client, provider: PictureCloud
) -> None:
    alice.upload(PHOTOGRAPH)
    shown = alice.avatar_url()
    assert shown is not None
    public_id = shown.partition("/v")[2].partition("/")[2].removesuffix(".webp")
    record_orphans(alice.connection, [public_id], clock.now())

    later()

    assert alice.orphans() == []
    assert provider.shows(shown) is not None


def test_all_pictures_of_somebody_who_left_go(
    alice: Client, bob: Client, grace: str, provider: PictureCloud
) -> None:
    alice.upload(PHOTOGRAPH, to=f"{grace}/photo")
    alice.upload(PHOTOGRAPH)
    bob.upload(PHOTOGRAPH)
    shown, theirs = alice.avatar_url() or "", bob.avatar_url() or ""
    alice.connection.execute(delete(User).where(User.id == alice.id))
    record_orphans(alice.connection, [picture_folder(alice.id)], clock.now())

    later()

    assert provider.shows(shown) is None
    assert provider.shows(theirs) is not None


def test_a_provider_that_is_away_is_asked_again_at_the_next_run(
    alice: Client, provider: PictureCloud
) -> None:
    alice.upload(PHOTOGRAPH)
    alice.request("DELETE", "/api/users/avatar")
    provider.has_faults(fail=503)

    assert later() == PictureCleanup()
    assert len(alice.orphans()) == 1

    provider.is_well()
    assert later() == PictureCleanup(removed=1)


def test_no_time_is_no_work(alice: Client) -> None:
    alice.upload(PHOTOGRAPH)
    alice.request("DELETE", "/api/users/avatar")

    assert clean_up_pictures(clock.now() + timedelta(hours=3), timedelta()) == PictureCleanup()


def test_the_photo_of_an_imported_card_goes_up(
    alice: Client, grace: str, provider: PictureCloud
) -> None:
    store_pending_photos(alice.connection, alice.id, {1: PHOTOGRAPH}, clock.now())

    done = clean_up_pictures(clock.now(), SPEND)

    assert done == PictureCleanup(uploaded=1)
    assert waiting(alice) == 0
    shown = provider.shows(str(alice.connection.scalar(select(Contact.photo_url))))
    assert shown is not None
    assert photographs.looks_like_the_scene(photographs.decoded(shown))


def test_what_a_card_called_a_photo_and_is_none_is_dropped(
    alice: Client, grace: str, provider: PictureCloud
) -> None:
    store_pending_photos(alice.connection, alice.id, {1: b"<html>"}, clock.now())

    assert clean_up_pictures(clock.now(), SPEND) == PictureCleanup(dropped=1)
    assert waiting(alice) == 0
    assert provider.requests() == []


def test_the_photo_of_a_contact_in_the_trash_is_dropped(alice: Client, grace: str) -> None:
    store_pending_photos(alice.connection, alice.id, {1: PHOTOGRAPH}, clock.now())
    alice.connection.execute(update(Contact).values(deleted_at=clock.now()))

    assert clean_up_pictures(clock.now(), SPEND) == PictureCleanup(dropped=1)


def test_a_photo_waits_while_the_provider_is_away(
    alice: Client, grace: str, provider: PictureCloud
) -> None:
    store_pending_photos(alice.connection, alice.id, {1: PHOTOGRAPH}, clock.now())
    provider.has_faults(fail=500)
    assert clean_up_pictures(clock.now(), SPEND) == PictureCleanup()
    provider.is_well()

    still_leased = clean_up_pictures(clock.now(), SPEND)
    assert still_leased == PictureCleanup()
    assert clean_up_pictures(clock.now() + timedelta(minutes=15), SPEND) == PictureCleanup(
        uploaded=1
    )


def test_a_photo_does_not_wait_for_ever(alice: Client, grace: str) -> None:
    store_pending_photos(alice.connection, alice.id, {1: PHOTOGRAPH}, clock.now())

    assert later(hours=24 * 8) == PictureCleanup()
    assert waiting(alice) == 0


@pytest.mark.parametrize("content", [b"", bytes(MAX_PHOTO_BYTES + 1)], ids=["empty", "too large"])
def test_what_can_be_no_photo_does_not_even_wait(alice: Client, grace: str, content: bytes) -> None:
    store_pending_photos(alice.connection, alice.id, {1: content}, clock.now())

    assert waiting(alice) == 0


def test_the_newer_of_two_photos_waits(alice: Client, grace: str) -> None:
    store_pending_photos(alice.connection, alice.id, {1: b"older"}, clock.now())
    store_pending_photos(alice.connection, alice.id, {1: b"newer"}, clock.now())

    found = alice.connection.scalars(select(WaitingPhoto.content)).all()
    assert [bytes(each) for each in found] == [b"newer"]


def test_orphans_without_end_are_taken_in_turns(alice: Client) -> None:
    ids = [f"{picture_folder(alice.id)}avatar-{n}" for n in range(60)]
    record_orphans(alice.connection, ids, clock.now())

    assert later() == PictureCleanup(removed=60)
    assert alice.connection.scalar(select(func.count()).select_from(OrphanedPicture)) == 0
