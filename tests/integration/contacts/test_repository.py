"""The repositories of the contacts room, with unittest, as the assignment asks."""

import unittest
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from kith.contacts.creation_repository import ContactCreation, QuotaLimits
from kith.contacts.mapper import draft_contact, draft_tags
from kith.contacts.repository import ContactRepository
from kith.contacts.schemas import ContactCreate
from kith.contacts.search.repository import ContactFilters, ContactListing, PageRequest
from tests.databases import RolledBack
from tests.factories import create_user

NOON = datetime(2026, 5, 17, 12, tzinfo=UTC)
DAY = timedelta(days=1)


class RepositoryCase(unittest.TestCase):
    """Alice has Grace, Ada and Joan; Bob has nobody."""

    @pytest.fixture(autouse=True)
    def _rolled_back(self, database: RolledBack) -> None:
        self.connection = database.connection

    def setUp(self) -> None:
        self.alice = create_user(self.connection, "alice")
        self.bob = create_user(self.connection, "bob")
        self.ids = self.admit(self.alice, "Grace", "Ada", "Joan")
        self.hers = ContactRepository(self.connection, self.alice)
        self.his = ContactRepository(self.connection, self.bob)

    def admission(
        self, owner_id: UUID, *, living: int = 100, created: int = 100
    ) -> ContactCreation:
        return ContactCreation(self.connection, owner_id, QuotaLimits(living, created, DAY))

    def admit(self, owner_id: UUID, *names: str) -> list[int]:
        drafts = [draft_contact(ContactCreate(first_name=name), "UA") for name in names]
        return self.admission(owner_id).admit(drafts, NOON, counted=True)

    def living(self, owner_id: UUID) -> int:
        usage = self.admission(owner_id).usage()
        assert usage
        return usage.living


class OneContact(RepositoryCase):
    def test_a_contact_is_read_by_its_owner(self) -> None:
        row = self.hers.get(1)

        assert row is not None
        self.assertEqual((row.first_name, row.version, row.created_at), ("Grace", 1, NOON))

    def test_nobody_else_reads_or_locks_it(self) -> None:
        self.assertIsNone(self.his.get(1))
        self.assertIsNone(self.his.lock(1))
        self.assertEqual(self.his.lock_many([1, 2, 3]), {})

    def test_a_change_counts_the_version_up(self) -> None:
        row = self.hers.change(1, {"notes": "changed"}, NOON + DAY)

        self.assertEqual((row.notes, row.version, row.updated_at), ("changed", 2, NOON + DAY))

    def test_many_are_locked_by_their_ids(self) -> None:
        locked = self.hers.lock_many([3, 1, 99])

        self.assertEqual([locked[each]["first_name"] for each in (1, 3)], ["Grace", "Joan"])
        self.assertEqual(sorted(locked), [1, 3])

    def test_many_are_tagged_at_once(self) -> None:
        stored = self.hers.lock_many([1, 2])
        self.hers.retag(
            [{"id": key, **draft_tags(["x"], row)} for key, row in stored.items()], NOON
        )

        tags = [each["tags"] for _, each in sorted(self.hers.lock_many([1, 2, 3]).items())]
        self.assertEqual(tags, [["x"], ["x"], []])


class Trash(RepositoryCase):
    def test_what_is_buried_is_not_living_any_more(self) -> None:
        self.hers.bury([1, 3], NOON)

        self.assertIsNone(self.hers.get(1))
        self.assertEqual(self.living(self.alice), 1)

    def test_what_is_raised_lives_again(self) -> None:
        self.hers.bury([1], NOON)

        self.assertTrue(self.hers.raise_up([1], NOON, most_living=3))
        self.assertIsNotNone(self.hers.get(1))
        self.assertEqual(self.living(self.alice), 3)

    def test_nothing_is_raised_into_a_full_book(self) -> None:
        self.hers.bury([1], NOON)

        self.assertFalse(self.hers.raise_up([1], NOON, most_living=2))
        self.assertIsNone(self.hers.get(1))

    def test_only_what_is_in_the_trash_is_removed(self) -> None:
        self.hers.bury([1], NOON)

        self.assertIsNone(self.hers.remove(2))
        self.assertIsNone(self.his.remove(1))
        self.assertEqual(self.hers.remove(1), [None])
        self.assertIsNone(self.hers.lock(1))


class NewContacts(RepositoryCase):
    def test_ids_are_never_given_twice(self) -> None:
        self.hers.bury([3], NOON)
        self.hers.remove(3)

        self.assertEqual(self.admit(self.alice, "Mary"), [4])
        self.assertEqual(self.admit(self.bob, "Mary"), [1])

    def test_all_enter_or_none(self) -> None:
        drafts = [draft_contact(ContactCreate(first_name="A"), None)] * 3
        crowded = self.admission(self.bob, living=2)

        self.assertEqual(crowded.admit(drafts, NOON, counted=False), [])
        self.assertEqual(crowded.admit(drafts[:2], NOON, counted=False), [1, 2])
        self.assertEqual(self.living(self.bob), 2)

    def test_what_is_imported_is_not_counted_as_created(self) -> None:
        drafts = [draft_contact(ContactCreate(first_name="A"), None)]
        strict = self.admission(self.bob, created=1)

        for _ in range(3):
            self.assertTrue(strict.admit(drafts, NOON, counted=False))
        self.assertTrue(strict.admit(drafts, NOON, counted=True))
        self.assertFalse(strict.admit(drafts, NOON, counted=True))
        self.assertTrue(strict.admit(drafts, NOON + DAY, counted=True))

    def test_whoever_is_gone_has_no_usage(self) -> None:
        self.assertIsNone(self.admission(UUID(int=0)).usage())


class Lists(RepositoryCase):
    def names(self, owner_id: UUID, stretch: PageRequest | None = None) -> list[str]:
        listing = ContactListing(self.connection, owner_id)
        return [row.first_name for row in listing.page(ContactFilters(), stretch or PageRequest())]

    def test_everybody_lists_their_own(self) -> None:
        self.assertEqual(self.names(self.alice), ["Grace", "Ada", "Joan"])
        self.assertEqual(self.names(self.bob), [])

    def test_a_list_is_sorted_and_cut(self) -> None:
        self.assertEqual(self.names(self.alice, PageRequest("name", skip=1, limit=1)), ["Grace"])
        self.assertEqual(self.names(self.alice, PageRequest("id", after=[1])), ["Ada", "Joan"])

    def test_the_trash_is_listed_by_itself(self) -> None:
        self.hers.bury([2], NOON)
        listing = ContactListing(self.connection, self.alice)

        trash = listing.trash(PageRequest("deleted"))

        self.assertEqual([row.first_name for row in trash], ["Ada"])
        self.assertEqual(self.names(self.alice), ["Grace", "Joan"])
        self.assertEqual(listing.count(ContactFilters()), 2)
