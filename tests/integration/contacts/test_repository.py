"""The repositories of the contacts, with unittest, as the assignment asks."""

import unittest
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from kith.contacts.creation_repository import ContactCreation, QuotaLimits
from kith.contacts.mapper import new_contact
from kith.contacts.models import Contact
from kith.contacts.repository import ContactRepository
from kith.contacts.rows import ContactRow, fetch_row
from kith.contacts.schemas import ContactCreate
from kith.contacts.search.repository import ContactFilters, ContactListing, PageRequest
from tests.databases import RolledBack
from tests.factories import create_user

NOON = datetime(2026, 5, 17, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def contact(name: str) -> Contact:
    return new_contact(ContactCreate(first_name=name), "UA")


class RepositoryCase(unittest.TestCase):
    """Alice has Grace, Ada and Joan; Bob has nobody."""

    @pytest.fixture(autouse=True)
    def _rolled_back(self, database: RolledBack) -> Iterator[None]:
        self.connection = database.connection
        with Session(self.connection, join_transaction_mode="create_savepoint") as self.session:
            yield

    def setUp(self) -> None:
        self.alice = create_user(self.connection, "alice")
        self.bob = create_user(self.connection, "bob")
        self.ids = self.create(self.alice, "Grace", "Ada", "Joan")
        self.hers = ContactRepository(self.session, self.alice)
        self.his = ContactRepository(self.session, self.bob)

    def creation(self, owner_id: UUID, *, living: int = 100, created: int = 100) -> ContactCreation:
        return ContactCreation(self.connection, owner_id, QuotaLimits(living, created, DAY))

    def create(self, owner_id: UUID, *names: str) -> list[int]:
        contacts = [contact(name) for name in names]
        self.creation(owner_id).create(contacts, NOON, counted=True)
        return [each.id for each in contacts]

    def living(self, owner_id: UUID) -> int:
        usage = self.creation(owner_id).usage()
        assert usage
        return usage.living

    def row(self, contact_id: int) -> ContactRow | None:
        return fetch_row(self.connection, self.alice, contact_id)


class OneContact(RepositoryCase):
    def test_a_contact_is_read_by_its_owner(self) -> None:
        row = self.row(1)

        assert row is not None
        self.assertEqual((row.first_name, row.version, row.created_at), ("Grace", 1, NOON))

    def test_what_was_read_cannot_be_changed(self) -> None:
        row = self.row(1)

        assert row is not None
        with self.assertRaises(AttributeError):
            row.first_name = "Ada"

    def test_nobody_else_reads_or_locks_it(self) -> None:
        self.assertIsNone(fetch_row(self.connection, self.bob, 1))
        self.assertIsNone(self.his.lock(1))
        self.assertEqual(self.his.lock_many([1, 2, 3]), {})

    def test_a_change_counts_the_version_up(self) -> None:
        grace = self.hers.lock(1)
        assert grace is not None
        grace.notes = "changed"
        self.hers.save(grace, NOON + DAY)

        row = self.row(1)
        assert row is not None
        self.assertEqual((row.notes, row.version, row.updated_at), ("changed", 2, NOON + DAY))
        self.assertEqual(grace.version, 2)

    def test_a_write_that_changes_nothing_is_none(self) -> None:
        grace = self.hers.lock(1)
        assert grace is not None
        self.hers.save(grace, NOON + DAY)

        self.assertEqual((grace.version, grace.updated_at), (1, NOON))

    def test_many_are_locked_by_their_ids(self) -> None:
        locked = self.hers.lock_many([3, 1, 99])

        self.assertEqual([locked[each].first_name for each in (1, 3)], ["Grace", "Joan"])
        self.assertEqual(sorted(locked), [1, 3])

    def test_many_are_written_at_once(self) -> None:
        copies = [row.copy() for row in self.hers.lock_many([1, 2]).values()]
        for each in copies:
            each.tags = ["x"]
        self.hers.save_many(copies, NOON)

        stored = [row for _, row in sorted(self.hers.lock_many([1, 2, 3]).items())]
        self.assertEqual([list(row.tags) for row in stored], [["x"], ["x"], []])
        self.assertEqual([row.version for row in stored], [2, 2, 1])


class Trash(RepositoryCase):
    def test_what_is_in_the_trash_is_not_living_any_more(self) -> None:
        self.hers.move_to_trash([1, 3], NOON)

        self.assertIsNone(self.row(1))
        self.assertEqual(self.living(self.alice), 1)

    def test_what_is_restored_lives_again(self) -> None:
        self.hers.move_to_trash([1], NOON)

        self.assertTrue(self.hers.restore([1], NOON, most_living=3))
        self.assertIsNotNone(self.row(1))
        self.assertEqual(self.living(self.alice), 3)

    def test_nothing_is_restored_into_a_full_book(self) -> None:
        self.hers.move_to_trash([1], NOON)

        self.assertFalse(self.hers.restore([1], NOON, most_living=2))
        self.assertIsNone(self.row(1))

    def test_only_what_is_in_the_trash_is_removed(self) -> None:
        self.hers.move_to_trash([1], NOON)

        self.assertIsNone(self.hers.purge(2))
        self.assertIsNone(self.his.purge(1))
        self.assertEqual(self.hers.purge(1), [None])
        self.assertIsNone(self.hers.lock(1))


class NewContacts(RepositoryCase):
    def test_ids_are_never_given_twice(self) -> None:
        self.hers.move_to_trash([3], NOON)
        self.hers.purge(3)

        self.assertEqual(self.create(self.alice, "Mary"), [4])
        self.assertEqual(self.create(self.bob, "Mary"), [1])

    def test_all_are_created_or_none(self) -> None:
        contacts = [contact("A") for _ in range(3)]
        crowded = self.creation(self.bob, living=2)

        self.assertFalse(crowded.create(contacts, NOON, counted=False))
        self.assertTrue(crowded.create(contacts[:2], NOON, counted=False))
        self.assertEqual([each.id for each in contacts], [1, 2, None])
        self.assertEqual(self.living(self.bob), 2)

    def test_what_is_imported_is_not_counted_as_created(self) -> None:
        strict = self.creation(self.bob, created=1)

        for _ in range(3):
            self.assertTrue(strict.create([contact("A")], NOON, counted=False))
        self.assertTrue(strict.create([contact("A")], NOON, counted=True))
        self.assertFalse(strict.create([contact("A")], NOON, counted=True))
        self.assertTrue(strict.create([contact("A")], NOON + DAY, counted=True))

    def test_whoever_is_gone_has_no_usage(self) -> None:
        self.assertIsNone(self.creation(UUID(int=0)).usage())


class Lists(RepositoryCase):
    def names(self, owner_id: UUID, page: PageRequest | None = None) -> list[str | None]:
        listing = ContactListing(self.connection, owner_id)
        return [row.first_name for row in listing.page(ContactFilters(), page or PageRequest())]

    def test_everybody_lists_their_own(self) -> None:
        self.assertEqual(self.names(self.alice), ["Grace", "Ada", "Joan"])
        self.assertEqual(self.names(self.bob), [])

    def test_a_list_is_sorted_and_cut(self) -> None:
        self.assertEqual(self.names(self.alice, PageRequest("name", skip=1, limit=1)), ["Grace"])
        self.assertEqual(self.names(self.alice, PageRequest("id", after=[1])), ["Ada", "Joan"])

    def test_the_trash_is_listed_by_itself(self) -> None:
        self.hers.move_to_trash([2], NOON)
        listing = ContactListing(self.connection, self.alice)

        trash = listing.trash(PageRequest("deleted"))

        self.assertEqual([row.first_name for row in trash], ["Ada"])
        self.assertEqual(self.names(self.alice), ["Grace", "Joan"])
        self.assertEqual(listing.count(ContactFilters()), 2)
