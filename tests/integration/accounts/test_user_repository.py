"""The accounts' repositories, written with unittest as the original assignment asks."""

import unittest
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from kith.accounts.cleanup import clean_up_accounts
from kith.accounts.entities import User
from kith.accounts.sessions.repository import SessionRepository
from kith.accounts.tokens.one_time import Purpose
from kith.accounts.tokens.repository import TokenRepository
from kith.accounts.user_repository import UserRepository
from kith.database.errors import AlreadyThere
from kith.limits.postgres import increment
from kith.limits.windows import Limit
from tests.databases import RolledBack

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

ALICE = {
    "email": "alice@example.com",
    "email_key": "alice@example.com",
    "password_hash": "v1$x",
    "unsubscribe_seed": b"s" * 32,
}


class RepositoryTest(unittest.TestCase):
    """A database that forgets, and Alice in it."""

    database: RolledBack

    @pytest.fixture(autouse=True)
    def _database(self, database: RolledBack) -> None:
        self.database = database

    def setUp(self) -> None:
        self.users = UserRepository(self.database.connection)
        self.sessions = SessionRepository(self.database.connection)
        self.tokens = TokenRepository(self.database.connection)
        self.alice = self.add("alice@example.com")

    def add(self, email: str) -> User:
        return self.users.add(uuid4(), NOON, {**ALICE, "email": email, "email_key": email})

    def begin(self, user: User, *, at: datetime = NOON, origin: str = "203.0.113.9") -> UUID:
        session_id = uuid4()
        self.sessions.add(
            {
                "id": session_id,
                "user_id": user.id,
                "family_key": b"k",
                "secret_digest": b"d",
                "origin": origin,
                "created_at": at,
                "used_at": at,
                "expires_at": at + HOUR,
            }
        )
        return session_id


class UsersTest(RepositoryTest):
    def test_a_user_is_found_by_key_and_by_id(self) -> None:
        self.assertEqual(self.users.find("alice@example.com"), self.alice)
        self.assertEqual(self.users.get(self.alice.id), self.alice)
        self.assertEqual(self.users.lock(self.alice.id), self.alice)

    def test_nobody_is_found_who_is_not_there(self) -> None:
        self.assertIsNone(self.users.find("bob@example.com"))
        self.assertIsNone(self.users.get(uuid4()))
        self.assertIsNone(self.users.lock(uuid4()))
        self.assertIsNone(self.users.unsubscribe_seed(uuid4()))
        self.assertFalse(self.users.is_taken("bob@example.com"))

    def test_the_database_decides_who_has_an_address(self) -> None:
        self.assertTrue(self.users.is_taken("alice@example.com"))
        with self.assertRaises(AlreadyThere) as refused, self.database.writing() as work:
            UserRepository(work.connection).add(uuid4(), NOON, ALICE)

        self.assertEqual(refused.exception.constraint, "uq_users_email_key")

    def test_every_change_counts_the_version_up(self) -> None:
        changed = self.users.change(self.alice.id, NOON, {"username": "Alice"})

        self.assertEqual(changed.username, "Alice")
        self.assertEqual(changed.version, self.alice.version + 1)

    def test_a_password_is_held_only_while_it_is_the_password(self) -> None:
        self.assertEqual(self.users.hold_password(self.alice.id, "v1$x"), NOON)
        self.assertIsNone(self.users.hold_password(self.alice.id, "v1$y"))

    def test_the_same_password_by_another_recipe_is_no_new_version(self) -> None:
        self.users.keep_hash(self.alice.id, "v1$z")

        kept = self.users.get(self.alice.id)
        assert kept is not None
        self.assertEqual((kept.password_hash, kept.version), ("v1$z", self.alice.version))

    def test_with_a_user_goes_everything_that_is_theirs(self) -> None:
        session_id = self.begin(self.alice)

        self.users.remove(self.alice.id)

        self.assertIsNone(self.users.get(self.alice.id))
        self.assertIsNone(self.sessions.get(session_id))


class SessionsTest(RepositoryTest):
    def living(self, user: User, *, at: datetime = NOON) -> list[UUID]:
        return [each.id for each in self.sessions.living(user.id, at, LONG_AGO)]

    def test_bob_cannot_end_alices_session(self) -> None:
        session_id, bob = self.begin(self.alice), self.add("bob@example.com")

        self.assertEqual(self.sessions.end(bob.id, NOON, only=session_id), [])
        self.assertEqual(self.living(self.alice), [session_id])

    def test_bob_does_not_see_alices_sessions(self) -> None:
        self.begin(self.alice)

        self.assertEqual(self.living(self.add("bob@example.com")), [])

    def test_all_but_one_can_be_ended_and_none_ends_twice(self) -> None:
        one, other = self.begin(self.alice), self.begin(self.alice)

        self.assertEqual(self.sessions.end(self.alice.id, NOON, but=one), [other])
        self.assertEqual(self.sessions.end(self.alice.id, NOON, but=one), [])
        self.assertEqual(self.living(self.alice), [one])

    def test_the_expired_and_the_older_than_allowed_do_not_live(self) -> None:
        self.begin(self.alice)
        self.assertEqual(self.living(self.alice, at=NOON + HOUR), [])

        self.users.refuse_older_tokens(self.alice.id, NOON + timedelta(seconds=1))

        self.assertEqual(self.living(self.alice), [])

    def test_an_origin_is_known_to_its_owner_for_a_while(self) -> None:
        self.begin(self.alice, origin="203.0.113.9")
        known = self.users.is_known_origin

        self.assertTrue(known("alice@example.com", "203.0.113.9", LONG_AGO))
        self.assertFalse(known("alice@example.com", "198.51.100.7", LONG_AGO))
        self.assertFalse(known("alice@example.com", "203.0.113.9", NOON))
        self.assertFalse(known("bob@example.com", "203.0.113.9", LONG_AGO))


class TidyingTest(RepositoryTest):
    def test_what_no_longer_counts_is_cleared_away_and_the_rest_stays(self) -> None:
        living, dead = self.begin(self.alice, at=NOON), self.begin(self.alice, at=LONG_AGO)
        self.tokens.put(
            self.alice.id, Purpose.RESET, digest=b"d", fingerprint=b"f", expires_at=LONG_AGO
        )
        limit = Limit("login", 1, HOUR)
        increment(self.database.connection, limit, "alice", LONG_AGO)

        with self.database.writing() as work:
            removed = clean_up_accounts(work, NOON)

        self.assertEqual(removed, 3)
        self.assertIsNone(self.sessions.get(dead))
        self.assertIsNotNone(self.sessions.get(living))


class TokensTest(RepositoryTest):
    def put(self, digest: bytes, purpose: Purpose = Purpose.VERIFY) -> None:
        self.tokens.put(
            self.alice.id, purpose, digest=digest, fingerprint=b"f", expires_at=NOON + HOUR
        )

    def test_the_newest_takes_the_place_of_the_one_before(self) -> None:
        self.put(b"first")
        self.put(b"second")

        self.assertIsNone(self.tokens.look(b"first", Purpose.VERIFY, NOON))
        self.assertIsNotNone(self.tokens.look(b"second", Purpose.VERIFY, NOON))

    def test_looking_uses_nothing_up_and_consuming_does(self) -> None:
        self.put(b"token")

        self.assertIsNotNone(self.tokens.look(b"token", Purpose.VERIFY, NOON))
        self.assertIsNotNone(self.tokens.consume(b"token", Purpose.VERIFY, NOON))
        self.assertIsNone(self.tokens.consume(b"token", Purpose.VERIFY, NOON))

    def test_a_token_counts_for_its_purpose_and_until_its_end(self) -> None:
        self.put(b"token")

        self.assertIsNone(self.tokens.consume(b"token", Purpose.RESET, NOON))
        self.assertIsNone(self.tokens.consume(b"token", Purpose.VERIFY, NOON + HOUR))

    def test_a_token_can_be_made_void(self) -> None:
        self.put(b"token", Purpose.RESET)

        self.tokens.void(self.alice.id, Purpose.RESET)

        self.assertIsNone(self.tokens.look(b"token", Purpose.RESET, NOON))
