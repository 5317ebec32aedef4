"""The feeds' repository, written with unittest as the original assignment asks."""

import unittest
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from kith.birthdays.feeds.repository import FeedRepository, find_subscription
from tests.databases import RolledBack
from tests.factories import create_contact, create_user

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class FeedRepositoryTest(unittest.TestCase):
    """Alice and Bob, each with an address book of their own."""

    database: RolledBack

    @pytest.fixture(autouse=True)
    def _database(self, database: RolledBack) -> None:
        self.database = database

    def setUp(self) -> None:
        connection = self.database.connection
        self.alice = create_user(connection, "alice", locale="uk", leap_day="mar1")
        self.bob = create_user(connection, "bob")
        self.feeds = FeedRepository(connection, self.alice)
        self.bobs_feeds = FeedRepository(connection, self.bob)

    def test_a_token_says_whose_calendar_it_opens(self) -> None:
        self.feeds.add(uuid4(), b"digest", NOON, limit=5)

        found = find_subscription(self.database.connection, b"digest")

        self.assertIsNotNone(found)
        assert found is not None
        self.assertEqual((found.user_id, found.locale, found.leap_day), (self.alice, "uk", "mar1"))

    def test_a_token_that_nobody_gave_out_opens_nothing(self) -> None:
        self.assertIsNone(find_subscription(self.database.connection, b"other"))

    def test_there_are_only_so_many(self) -> None:
        added = [self.feeds.add(uuid4(), bytes([number]), NOON, limit=2) for number in range(3)]

        self.assertEqual(added, [True, True, False])
        self.assertEqual(len(self.feeds.all()), 2)

    def test_bob_neither_sees_nor_removes_alices_feed(self) -> None:
        feed_id = uuid4()
        self.feeds.add(feed_id, b"digest", NOON, limit=5)

        self.assertEqual(self.bobs_feeds.all(), [])
        self.assertFalse(self.bobs_feeds.remove(feed_id))
        self.assertTrue(self.feeds.remove(feed_id))

    def test_the_calendar_shows_the_living_with_a_birthday_and_nobody_of_bobs(self) -> None:
        connection = self.database.connection
        create_contact(connection, self.alice, "Grace Hopper", "1906-12-09")
        create_contact(connection, self.alice, "Ada Lovelace", "1815-12-10", deceased=True)
        create_contact(connection, self.alice, "Alan Turing", "--06-23", deleted_at=NOON)
        create_contact(connection, self.bob, "Edsger Dijkstra", "1930-05-11")

        names = [each.name for each in self.feeds.birthdays()]

        self.assertEqual(names, ["Grace Hopper"])

    def test_its_state_changes_with_what_is_shown(self) -> None:
        before = tuple(self.feeds.state())
        create_contact(self.database.connection, self.alice, "Grace Hopper", "1906-12-09")

        self.assertNotEqual(tuple(self.feeds.state()), before)
