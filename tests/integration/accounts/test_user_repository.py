"""The accounts' repositories, written with unittest as the original assignment asks."""

import unittest
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from kith.accounts.cleanup import clean_up_accounts
from kith.accounts.models import User, UserSession
from kith.accounts.sessions.repository import SessionRepository
from kith.accounts.tokens.one_time import Purpose
from kith.accounts.tokens.repository import TokenRepository
from kith.accounts.user_repository import AccountGone, EmailTaken, UserRepository
from kith.limits.postgres import increment
from kith.limits.windows import Limit
from tests.databases import RolledBack

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class RepositoryTest(unittest.TestCase):
    """A database that forgets, and Alice in it."""

    database: RolledBack

    @pytest.fixture(autouse=True)
    def _database(self, database: RolledBack) -> Iterator[None]:
        self.database = database
        with database.writing() as work:
            self.work = work
            yield

    def setUp(self) -> None:
        self.session = self.work.session
        self.users = UserRepository(self.session)
        self.sessions = SessionRepository(self.session)
        self.tokens = TokenRepository(self.session)
        self.alice = self.add("alice@example.com")

    def add(self, email: str) -> User:
        user = User(
            id=uuid4(),
            email=email,
            email_key=email,
            password_hash="v1$x",
            unsubscribe_seed=b"s" * 32,
            tokens_valid_after=NOON,
            created_at=NOON,
            updated_at=NOON,
        )
        self.users.add(user)
        return user

    def begin(self, user: User, *, at: datetime = NOON, origin: str = "203.0.113.9") -> UUID:
        begun = UserSession(
            id=uuid4(),
            user_id=user.id,
            family_key=b"k",
            secret_digest=b"d",
            origin=origin,
            created_at=at,
            used_at=at,
            expires_at=at + HOUR,
        )
        self.sessions.add(begun)
        self.session.flush()
        return begun.id

    def as_stored(self, user: User) -> User:
        """The user as the database has them, not as this session remembers them."""
        self.session.expire(user)
        return user


class UsersTest(RepositoryTest):
    def test_a_user_is_found_by_key_and_by_id(self) -> None:
        self.session.expunge_all()

        for found in (
            self.users.find("alice@example.com"),
            self.users.get(self.alice.id),
            self.users.lock(self.alice.id),
        ):
            assert found is not None
            self.assertEqual((found.id, found.version), (self.alice.id, 1))

    def test_nobody_is_found_who_is_not_there(self) -> None:
        self.assertIsNone(self.users.find("bob@example.com"))
        self.assertIsNone(self.users.get(uuid4()))
        self.assertIsNone(self.users.lock(uuid4()))
        for require in (self.users.require, self.users.require_locked):
            with self.assertRaises(AccountGone):
                require(uuid4())

    def test_the_database_decides_who_has_an_address(self) -> None:
        with self.assertRaises(EmailTaken), self.session.begin_nested():
            self.add("alice@example.com")

    def test_another_constraint_is_no_taken_address(self) -> None:
        self.alice.reminders_weekday = 8

        with self.assertRaises(DBAPIError), self.session.begin_nested():
            self.users.flush()

    def test_every_change_of_an_object_counts_the_version_up(self) -> None:
        self.alice.username = "Alice"
        self.users.flush()

        self.assertEqual(self.as_stored(self.alice).version, 2)

    def test_a_change_on_top_of_an_older_version_is_refused(self) -> None:
        """However the object came to be old: the statement itself asks for the version."""
        self.alice.username = "Alice"
        self.session.connection().exec_driver_sql("UPDATE users SET version = 7")

        with self.assertRaises(StaleDataError), self.session.begin_nested():
            self.users.flush()

    def test_a_lock_reads_what_is_true_now(self) -> None:
        self.session.connection().exec_driver_sql("UPDATE users SET username = 'A', version = 7")

        held = self.users.require_locked(self.alice.id)

        self.assertEqual((held.username, held.version), ("A", 7))

    def test_the_same_password_by_another_recipe_is_no_new_version(self) -> None:
        self.users.update_unversioned(self.alice.id, password_hash="v1$z")

        kept = self.as_stored(self.alice)
        self.assertEqual((kept.password_hash, kept.version), ("v1$z", 1))

    def test_with_a_user_goes_everything_that_is_theirs(self) -> None:
        session_id = self.begin(self.alice)

        self.users.remove(self.alice)
        self.users.flush()

        self.session.expunge_all()
        self.assertIsNone(self.users.get(self.alice.id))
        self.assertIsNone(self.sessions.get(session_id))


class SessionsTest(RepositoryTest):
    def living(self, user: User, *, at: datetime = NOON) -> list[UUID]:
        return [each.id for each in self.sessions.living(user.id, at, LONG_AGO)]

    def test_bob_cannot_end_alices_session(self) -> None:
        session_id, bob = self.begin(self.alice), self.add("bob@example.com")

        self.assertEqual(self.sessions.revoke(bob.id, NOON, only=session_id), [])
        self.assertEqual(self.living(self.alice), [session_id])

    def test_bob_does_not_see_alices_sessions(self) -> None:
        self.begin(self.alice)

        self.assertEqual(self.living(self.add("bob@example.com")), [])

    def test_all_but_one_can_be_ended_and_none_ends_twice(self) -> None:
        one, other = self.begin(self.alice), self.begin(self.alice)

        self.assertEqual(self.sessions.revoke(self.alice.id, NOON, but=one), [other])
        self.assertEqual(self.sessions.revoke(self.alice.id, NOON, but=one), [])
        self.assertEqual(self.living(self.alice), [one])

    def test_a_session_that_is_loaded_knows_that_it_was_ended(self) -> None:
        held = self.sessions.lock(self.begin(self.alice))
        assert held is not None

        self.sessions.revoke(self.alice.id, NOON)

        self.assertEqual(held.revoked_at, NOON)

    def test_the_expired_and_the_older_than_allowed_do_not_live(self) -> None:
        self.begin(self.alice)
        self.assertEqual(self.living(self.alice, at=NOON + HOUR), [])

        self.users.update_unversioned(self.alice.id, tokens_valid_after=NOON + timedelta(seconds=1))

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
        increment(self.work.connection, limit, "alice", LONG_AGO)

        removed = clean_up_accounts(self.work, NOON)

        self.session.expunge_all()
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

    def test_what_was_asked_for_can_be_made_void(self) -> None:
        bob = self.add("bob@example.com")
        self.alice.pending_email = bob.pending_email = "new@example.com"
        self.put(b"token", Purpose.RESET)

        self.tokens.void_pending(self.alice.id)

        self.assertIsNone(self.tokens.look(b"token", Purpose.RESET, NOON))
        for user in (self.alice, self.as_stored(self.alice)):
            self.assertEqual((user.pending_email, user.credentials_version), (None, 2))
        self.assertEqual(self.as_stored(bob).pending_email, "new@example.com")
