"""The repositories of tags, phones and changes, written with unittest."""

import unittest
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, update

from kith.contacts.changes.repository import fetch_changes
from kith.contacts.changes.tokens import SyncToken
from kith.contacts.entities import PhoneEntry
from kith.contacts.models import Contact
from kith.contacts.phones.repository import fetch_phones
from kith.contacts.tags.repository import TagRepository
from tests.databases import RolledBack
from tests.factories import create_contact, create_user

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class RepositoryCase(unittest.TestCase):
    """Alice has Grace and Ada; Bob has nobody."""

    database: RolledBack

    @pytest.fixture(autouse=True)
    def _database(self, database: RolledBack) -> None:
        self.database = database
        self.connection = database.connection

    def setUp(self) -> None:
        self.alice = create_user(self.connection, "alice")
        self.bob = create_user(self.connection, "bob")
        self.grace = create_contact(
            self.connection,
            self.alice,
            "Grace Hopper",
            tags=["Navy", "friends"],
            tag_keys=["navy", "friends"],
            phones=[PhoneEntry(id=1, number="101"), PhoneEntry(id=2, number="102")],
        )
        self.ada = create_contact(
            self.connection, self.alice, "Ada Lovelace", tags=["navy"], tag_keys=["navy"]
        )


class TagRepositoryTest(RepositoryCase):
    def setUp(self) -> None:
        super().setUp()
        self.hers = TagRepository(self.connection, self.alice)
        self.his = TagRepository(self.connection, self.bob)

    def test_tags_are_counted_without_case_in_their_oldest_spelling(self) -> None:
        counted = self.hers.counted("", skip=0, limit=9)

        self.assertEqual([(tag.name, tag.many) for tag in counted], [("friends", 1), ("Navy", 2)])
        self.assertEqual(self.hers.counted("friends", skip=0, limit=9), counted[1:])
        self.assertEqual((self.hers.count("navy"), self.his.count("navy")), (2, 0))
        self.assertEqual(self.his.counted("", skip=0, limit=9), [])

    def test_whose_a_tag_is(self) -> None:
        self.assertEqual(self.hers.contact_ids("friends"), [self.grace])
        self.assertEqual(self.hers.contact_ids("friends", "navy"), [self.grace, self.ada])
        self.assertEqual(self.his.contact_ids("navy"), [])


class PhonesTest(RepositoryCase):
    def test_phones_of_all_contacts_are_one_list(self) -> None:
        phones = fetch_phones(self.connection, self.alice, (0, 0), skip=0, limit=9)

        self.assertEqual([each.phone.number for each in phones], ["101", "102"])
        behind = fetch_phones(self.connection, self.alice, (self.grace, 1), skip=0, limit=9)
        self.assertEqual([each.phone.number for each in behind], ["102"])
        self.assertEqual(fetch_phones(self.connection, self.bob, (0, 0), skip=0, limit=9), [])


class ChangesTest(RepositoryCase):
    def test_the_whole_book_comes_first(self) -> None:
        whole = SyncToken.first(NOON)

        changes = fetch_changes(self.connection, self.alice, whole, 9)

        self.assertEqual([each.id for each in changes.items], [self.grace, self.ada])
        self.assertTrue(changes.snapshot)
        self.assertEqual(list(fetch_changes(self.connection, self.bob, whole, 9).items), [])

    def test_the_trash_and_the_purged_are_deleted(self) -> None:
        nothing = SyncToken(known="1:1:", known_at=0)
        self.connection.execute(
            update(Contact).where(Contact.id == self.ada).values(deleted_at=NOON)
        )
        self.connection.execute(delete(Contact).where(Contact.id == self.grace))

        changes = fetch_changes(self.connection, self.alice, nothing, 9)

        self.assertEqual({each.id for each in changes.items if each.deleted_at}, {self.ada})
        self.assertTrue(all(each.contact is None for each in changes.items))
