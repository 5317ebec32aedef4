"""What the scheduled job does for pictures."""

from datetime import timedelta
from typing import Final

import pytest
from sqlalchemy import func, select, update

from kith import clock
from kith.accounts.models import orphaned_pictures
from kith.accounts.orphans import abandon, folder_of
from kith.avatars.chores import Done, tidy
from kith.contacts.models import contacts, waiting_photos
from kith.contacts.photos import LARGEST_BYTES, keep_for_later
from tests import photographs
from tests.functions.avatars.conftest import Person
from tests.picture_cloud import PictureCloud

PHOTOGRAPH: Final = photographs.taken_by_a_phone("JPEG")
SPEND: Final = timedelta(seconds=10)


def later(hours: float = 3) -> Done:
    return tidy(clock.now() + timedelta(hours=hours), SPEND)


def waiting(alice: Person) -> int:
    return int(
        alice.connection.execute(select(func.count()).select_from(waiting_photos)).scalar_one()
    )


def test_a_replaced_picture_leaves_the_provider_after_a_while(
    alice: Person, provider: PictureCloud
) -> None:
    alice.sends(PHOTOGRAPH)
    before = alice.shown()
    alice.sends(PHOTOGRAPH)

    done = later()

    assert done == Done(removed=1)
    assert alice.orphans() == []
    assert before is not None
    assert provider.shows(before) is None
    assert provider.shows(alice.shown() or "") is not None


def test_a_young_orphan_may_still_find_a_home(alice: Person) -> None:
    alice.asks("POST", "/api/users/avatar/upload-signature")

    assert later(hours=1) == Done()
    assert len(alice.orphans()) == 1


def test_a_picture_that_hangs_after_all_is_left_alone(
    alice: Person, provider: PictureCloud
) -> None:
    alice.sends(PHOTOGRAPH)
    shown = alice.shown()
    assert shown is not None
    public_id = shown.partition("/v")[2].partition("/")[2].removesuffix(".webp")
    abandon(alice.connection, [public_id], clock.now())

    later()

    assert alice.orphans() == []
    assert provider.shows(shown) is not None


def test_all_pictures_of_somebody_who_left_go(
    alice: Person, bob: Person, grace: str, provider: PictureCloud
) -> None:
    alice.sends(PHOTOGRAPH, to=f"{grace}/photo")
    alice.sends(PHOTOGRAPH)
    bob.sends(PHOTOGRAPH)
    shown, theirs = alice.shown() or "", bob.shown() or ""
    from kith.accounts.repository import UserRepository

    UserRepository(alice.connection).remove(alice.id)
    abandon(alice.connection, [folder_of(alice.id)], clock.now())

    later()

    assert provider.shows(shown) is None
    assert provider.shows(theirs) is not None


def test_a_provider_that_is_away_is_asked_again_at_the_next_run(
    alice: Person, provider: PictureCloud
) -> None:
    alice.sends(PHOTOGRAPH)
    alice.asks("DELETE", "/api/users/avatar")
    provider.has_troubles(fail=503)

    assert later() == Done()
    assert len(alice.orphans()) == 1

    provider.is_well()
    assert later() == Done(removed=1)


def test_no_time_is_no_work(alice: Person) -> None:
    alice.sends(PHOTOGRAPH)
    alice.asks("DELETE", "/api/users/avatar")

    assert tidy(clock.now() + timedelta(hours=3), timedelta()) == Done()


def test_the_photo_of_an_imported_card_goes_up(
    alice: Person, grace: str, provider: PictureCloud
) -> None:
    keep_for_later(alice.connection, alice.id, {1: PHOTOGRAPH}, clock.now())

    done = tidy(clock.now(), SPEND)

    assert done == Done(hung=1)
    assert waiting(alice) == 0
    shown = provider.shows(str(alice.connection.scalar(select(contacts.c.photo_url))))
    assert shown is not None
    assert photographs.looks_like_the_scene(photographs.decoded(shown))


def test_what_a_card_called_a_photo_and_is_none_is_dropped(
    alice: Person, grace: str, provider: PictureCloud
) -> None:
    keep_for_later(alice.connection, alice.id, {1: b"<html>"}, clock.now())

    assert tidy(clock.now(), SPEND) == Done(dropped=1)
    assert waiting(alice) == 0
    assert provider.requests() == []


def test_the_photo_of_a_contact_in_the_trash_is_dropped(alice: Person, grace: str) -> None:
    keep_for_later(alice.connection, alice.id, {1: PHOTOGRAPH}, clock.now())
    alice.connection.execute(update(contacts).values(deleted_at=clock.now()))

    assert tidy(clock.now(), SPEND) == Done(dropped=1)


def test_a_photo_waits_while_the_provider_is_away(
    alice: Person, grace: str, provider: PictureCloud
) -> None:
    keep_for_later(alice.connection, alice.id, {1: PHOTOGRAPH}, clock.now())
    provider.has_troubles(fail=500)
    assert tidy(clock.now(), SPEND) == Done()
    provider.is_well()

    assert tidy(clock.now(), SPEND) == Done()  # somebody may still be busy with it
    assert tidy(clock.now() + timedelta(minutes=15), SPEND) == Done(hung=1)


def test_a_photo_does_not_wait_for_ever(alice: Person, grace: str) -> None:
    keep_for_later(alice.connection, alice.id, {1: PHOTOGRAPH}, clock.now())

    assert later(hours=24 * 8) == Done()
    assert waiting(alice) == 0


@pytest.mark.parametrize("content", [b"", bytes(LARGEST_BYTES + 1)], ids=["empty", "too large"])
def test_what_can_be_no_photo_does_not_even_wait(alice: Person, grace: str, content: bytes) -> None:
    keep_for_later(alice.connection, alice.id, {1: content}, clock.now())

    assert waiting(alice) == 0


def test_the_newer_of_two_photos_waits(alice: Person, grace: str) -> None:
    keep_for_later(alice.connection, alice.id, {1: b"older"}, clock.now())
    keep_for_later(alice.connection, alice.id, {1: b"newer"}, clock.now())

    found = alice.connection.scalars(select(waiting_photos.c.content)).all()
    assert [bytes(each) for each in found] == [b"newer"]


def test_orphans_without_end_are_taken_in_turns(alice: Person) -> None:
    ids = [f"{folder_of(alice.id)}avatar-{n}" for n in range(60)]
    abandon(alice.connection, ids, clock.now())

    assert later() == Done(removed=60)
    assert alice.connection.scalar(select(func.count()).select_from(orphaned_pictures)) == 0
