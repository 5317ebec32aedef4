"""The repositories of exchange, imports and merges, written with unittest."""

import unittest
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from kith.contacts.exchange.repository import ExchangeRepository, RememberedCard
from kith.contacts.imports.repository import ImportNotFound, ImportPosition, ImportRepository
from kith.contacts.merge.repository import MergeRepository
from kith.contacts.models import ImportRecord, Merge
from kith.json_types import JsonObject
from tests.databases import RolledBack
from tests.factories import create_contact, create_user

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class RepositoryCase(unittest.TestCase):
    """Alice has Grace and Ada; Bob has nobody."""

    database: RolledBack

    @pytest.fixture(autouse=True)
    def _database(self, database: RolledBack) -> Iterator[None]:
        self.database = database
        with database.writing() as work:
            self.session = work.session
            self.connection = work.connection
            yield

    def setUp(self) -> None:
        self.alice = create_user(self.connection, "alice")
        self.bob = create_user(self.connection, "bob")
        self.grace = create_contact(self.connection, self.alice, "Grace Hopper", uid="g")
        self.ada = create_contact(self.connection, self.alice, "Ada Lovelace")


class ExchangeRepositoryTest(RepositoryCase):
    def setUp(self) -> None:
        super().setUp()
        self.hers = ExchangeRepository(self.connection, self.alice)
        self.his = ExchangeRepository(self.connection, self.bob)

    def test_contacts_are_found_by_the_uid_of_their_card(self) -> None:
        self.assertEqual(self.hers.by_uid(["g", "h"]), {"g": [self.grace]})
        self.assertEqual(self.his.by_uid(["g"]), {})
        self.assertEqual(self.hers.ids_without_uid(), [self.ada])

    def test_a_card_is_remembered_until_it_is_replaced_or_forgotten(self) -> None:
        content = {"first_name": "Grace"}
        self.hers.remember([RememberedCard(b"1", self.grace, "g", content)], NOON)
        self.hers.remember([RememberedCard(b"2", self.grace, "g", content, replaces=b"1")], NOON)

        known = self.hers.known_cards([b"1", b"2"])

        self.assertEqual([card.content for card in known.values()], [content])
        self.assertEqual(list(known), [b"2"])
        self.assertEqual(list(self.hers.cards_of_uids(["g"])), ["g"])
        self.assertEqual(self.his.known_cards([b"2"]), {})
        self.hers.forget(b"2")
        self.assertEqual(self.hers.known_cards([b"2"]), {})

    def test_only_the_newest_cards_are_kept(self) -> None:
        for number in range(3):
            at = NOON + number * HOUR
            self.hers.remember([RememberedCard(bytes([number]), self.grace, None)], at)

        self.hers.forget_oldest_cards(1)

        self.assertEqual(list(self.hers.known_cards([b"\0", b"\1", b"\2"])), [b"\2"])

    def test_living_contacts_are_read_in_the_order_of_their_ids(self) -> None:
        rows = self.hers.living_after(0, 9)

        self.assertEqual([row.id for row in rows], [self.grace, self.ada])
        self.assertEqual([row.id for row in self.hers.living_after(self.grace, 9)], [self.ada])
        self.assertEqual(set(self.hers.living_rows([self.ada, 99])), {self.ada})
        self.assertEqual(self.his.living_after(0, 9), [])

    def test_namesakes_share_a_key(self) -> None:
        again = create_contact(self.connection, self.alice, "Grace Hopper")

        [shared] = self.hers.shared_keys()

        self.assertEqual(shared.reason, "same_name")
        self.assertEqual([member[0] for member in shared.members], [self.grace, again])


class ImportRepositoryTest(RepositoryCase):
    def setUp(self) -> None:
        super().setUp()
        self.hers = ImportRepository(self.session, self.alice)
        self.his = ImportRepository(self.session, self.bob)

    def add(self, state: str, at: datetime = NOON) -> UUID:
        record = ImportRecord(id=uuid4(), state=state, created_at=at)
        self.hers.add(record)
        return record.id

    def test_bob_reaches_no_import_of_alices(self) -> None:
        import_id = self.add("done")

        self.assertEqual(self.hers.require(import_id).state, "done")
        self.assertEqual(self.hers.lock(import_id).state, "done")
        self.assertEqual(self.his.newest(9), [])
        for act in (self.his.require, self.his.lock):
            with self.assertRaises(ImportNotFound):
                act(import_id)

    def test_imports_are_listed_the_newest_first(self) -> None:
        old, new = self.add("done"), self.add("running", NOON + HOUR)

        self.assertEqual([each.id for each in self.hers.newest(9)], [new, old])
        after = ImportPosition(NOON + HOUR, new)
        self.assertEqual([each.id for each in self.hers.newest(9, after)], [old])
        self.assertEqual(self.hers.unfinished(), 1)

    def test_items_are_kept_in_the_order_of_the_file(self) -> None:
        import_id = self.add("done")
        items: list[JsonObject] = [
            {
                "number": number,
                "line": number,
                "status": "created",
                "contact_id": self.grace,
                "changes": [],
                "kept_yours": [],
            }
            for number in (1, 2, 3)
        ]

        self.hers.add_items(import_id, items)

        self.assertEqual([each.number for each in self.hers.items(import_id, 1, 9)], [2, 3])
        self.assertEqual(self.hers.created_contacts(import_id), [self.grace] * 3)
        self.assertEqual(self.his.items(import_id, 0, 9), [])


class MergeRepositoryTest(RepositoryCase):
    def setUp(self) -> None:
        super().setUp()
        self.hers = MergeRepository(self.session, self.alice)
        self.his = MergeRepository(self.session, self.bob)

    def merge(self, winner: int, losers: list[int]) -> Merge:
        merge = Merge(id=uuid4(), winner_id=winner, loser_ids=losers, gained={}, created_at=NOON)
        self.hers.add(merge)
        self.session.flush()
        return merge

    def test_bob_reaches_no_merge_of_alices(self) -> None:
        merge = self.merge(self.grace, [self.ada])

        self.assertIs(self.hers.lock(merge.id), merge)
        self.assertIsNone(self.his.lock(merge.id))
        self.assertEqual(self.his.newest(NOON - HOUR, 9), [])

    def test_merges_are_listed_the_newest_first(self) -> None:
        first, second = self.merge(1, [2]), self.merge(3, [4])

        self.assertEqual(self.hers.newest(NOON - HOUR, 9), [second, first])
        self.assertEqual(self.hers.newest(NOON - HOUR, 9, before=second.number), [first])
        self.assertEqual(self.hers.newest(NOON, 9), [])

    def test_a_merge_is_overtaken_by_one_that_moved_its_contacts_on(self) -> None:
        first = self.merge(1, [2])
        self.assertFalse(self.hers.is_overtaken(first))

        second = self.merge(3, [1])

        self.assertTrue(self.hers.is_overtaken(first))
        self.assertFalse(self.hers.is_overtaken(second))
        second.undone_at = NOON
        self.session.flush()
        self.assertFalse(self.hers.is_overtaken(first))
