"""The pictures' repository, written with unittest as the original assignment asks."""

import unittest
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from kith.accounts.models import OrphanedPicture
from kith.avatars.repository import (
    PictureRepository,
    PictureSlot,
    claim_pending_photos,
    is_shown,
    orphans,
)
from kith.contacts.models import WaitingPhoto
from tests.databases import RolledBack
from tests.factories import create_contact, create_user

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class PictureRepositoryTest(unittest.TestCase):
    """Alice, Bob, and Grace, whom Alice knows."""

    database: RolledBack

    @pytest.fixture(autouse=True)
    def _database(self, database: RolledBack) -> None:
        self.database = database

    def setUp(self) -> None:
        self.connection = self.database.connection
        self.alice = create_user(self.connection, "alice")
        self.bob = create_user(self.connection, "bob")
        self.grace = create_contact(self.connection, self.alice, "Grace Hopper", "1906-12-09")

    def at(self, place: PictureSlot) -> PictureRepository:
        session = Session(self.connection, join_transaction_mode="create_savepoint")
        self.addCleanup(session.close)
        return PictureRepository(session, place)

    def test_a_replaced_picture_is_shown_and_counts_the_version(self) -> None:
        mine = self.at(PictureSlot(self.alice))

        mine.replace("kith/a/1", "https://pictures.example/1", NOON)

        held = mine.lock()
        assert held is not None
        self.assertEqual((held.public_id, held.version), ("kith/a/1", 2))

    def test_a_contacts_photo_is_shown_with_the_contact_only(self) -> None:
        self.at(PictureSlot(self.alice, self.grace)).replace(
            "kith/g", "https://pictures.example/g", NOON
        )

        hers = self.at(PictureSlot(self.alice)).lock()

        assert hers is not None
        self.assertIsNone(hers.public_id)

    def test_bob_has_no_place_beside_alices_contact(self) -> None:
        self.assertIsNone(self.at(PictureSlot(self.bob, self.grace)).lock())

    def test_only_old_orphans_are_found(self) -> None:
        rows = [
            {"public_id": "kith/old", "created_at": NOON - HOUR},
            {"public_id": "kith/new", "created_at": NOON},
        ]
        self.connection.execute(insert(OrphanedPicture), rows)

        self.assertEqual(list(orphans(self.connection, NOON, 10)), ["kith/old"])

    def test_a_picture_that_somebody_shows_is_no_orphan(self) -> None:
        shown = f"kith/{self.alice}/1"
        self.at(PictureSlot(self.alice)).replace(shown, "https://pictures.example/1", NOON)

        self.assertTrue(is_shown(self.connection, shown))
        self.assertFalse(is_shown(self.connection, f"kith/{self.alice}/2"))

    def test_a_waiting_photo_is_taken_by_one_and_comes_back_after_the_lease(self) -> None:
        row = {"owner_id": self.alice, "contact_id": self.grace, "content": b"x"}
        self.connection.execute(insert(WaitingPhoto).values(**row, created_at=NOON))

        first = claim_pending_photos(self.connection, NOON, HOUR)
        second = claim_pending_photos(self.connection, NOON, HOUR)
        third = claim_pending_photos(self.connection, NOON + 2 * HOUR, HOUR)

        self.assertIsNotNone(first)
        self.assertIsNone(second)
        self.assertEqual(third, first)
