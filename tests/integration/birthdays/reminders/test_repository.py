"""The repository of reminders, written with unittest as the original assignment asks."""

import unittest
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import insert, select

from kith.birthdays.models import ReminderLogEntry
from kith.birthdays.reminders.repository import ReminderRepository
from kith.mail.models import OutboxLetter
from tests.databases import RolledBack
from tests.factories import create_contact, create_user

NOON = datetime(2026, 12, 9, 12, tzinfo=UTC)


class ReminderRepositoryTest(unittest.TestCase):
    """Alice knows Grace, and a letter was planned for Grace's birthday."""

    database: RolledBack

    @pytest.fixture(autouse=True)
    def _database(self, database: RolledBack) -> None:
        self.database = database

    def setUp(self) -> None:
        connection = self.database.connection
        self.alice = create_user(connection, "alice", locale="uk", lead_days=[0, 7])
        self.bob = create_user(connection, "bob")
        self.grace = create_contact(connection, self.alice, "Grace Hopper", "1906-12-09")
        self.hers = ReminderRepository(connection, self.alice)
        self.his = ReminderRepository(connection, self.bob)
        letter = insert(OutboxLetter).values(
            user_id=self.alice, kind="birthdays", key="a letter", not_before=NOON, created_at=NOON
        )
        self.letter = connection.execute(letter.returning(OutboxLetter.id)).scalar_one()
        connection.execute(
            insert(ReminderLogEntry).values(
                user_id=self.alice,
                contact_id=self.grace,
                occurrence=date(2026, 12, 9),
                lead=0,
                local_date=date(2026, 12, 9),
                mode="daily",
                letter_id=self.letter,
                planned_at=NOON,
            )
        )

    def test_a_recipient_has_what_a_letter_needs(self) -> None:
        recipient = self.hers.recipient()

        assert recipient is not None
        self.assertEqual((recipient.locale, recipient.lead_days), ("uk", [0, 7]))

    def test_a_letter_names_its_owners_contacts_only(self) -> None:
        [announced] = self.hers.announced(self.letter)

        self.assertEqual((announced.contact_id, announced.first_name), (self.grace, "Grace"))
        self.assertEqual(self.his.announced(self.letter), [])
        self.assertEqual(self.hers.announced(self.letter + 1), [])

    def test_an_outcome_is_kept_for_its_owner_only(self) -> None:
        self.his.record_outcome(self.letter, "muted", [self.grace])
        self.assertIsNone(self.outcome())

        self.hers.record_outcome(self.letter, "muted", [self.grace])
        self.assertEqual(self.outcome(), "muted")

    def outcome(self) -> str | None:
        return self.database.connection.scalar(select(ReminderLogEntry.outcome))
