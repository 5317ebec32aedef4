"""The repositories of events, failures, personal tokens and factors, written with unittest."""

import unittest
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from kith.accounts.event_repository import EventRepository
from kith.accounts.factors.repository import (
    ChallengePurpose,
    ChallengeRepository,
    FactorRepository,
)
from kith.accounts.login_failure_repository import LoginFailureRepository
from kith.accounts.models import AccountEvent, Passkey, PersonalToken
from kith.accounts.operator.repository import OperatorRepository
from kith.accounts.passkeys.repository import PasskeyRepository
from kith.accounts.personal_tokens.repository import PersonalTokenRepository, purge_personal_tokens
from kith.accounts.user_repository import UserRepository
from tests.databases import RolledBack
from tests.factories import create_user

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class RepositoryCase(unittest.TestCase):
    """Alice and Bob in a database that forgets."""

    database: RolledBack

    @pytest.fixture(autouse=True)
    def _database(self, database: RolledBack) -> Iterator[None]:
        self.database = database
        with database.writing() as work:
            self.session = work.session
            yield

    def setUp(self) -> None:
        self.alice = create_user(self.database.connection, "alice")
        self.bob = create_user(self.database.connection, "bob")


class EventRepositoryTest(RepositoryCase):
    def setUp(self) -> None:
        super().setUp()
        self.events = EventRepository(self.session)

    def record(self, user_id: UUID, kind: str, at: datetime = NOON) -> AccountEvent:
        event = AccountEvent(
            user_id=user_id, kind=kind, at=at, origin="203.0.113.9", device="", request_id=""
        )
        self.events.add(event)
        self.session.flush()
        return event

    def test_a_users_events_are_listed_the_latest_first(self) -> None:
        first = self.record(self.alice, "signed_in")
        second = self.record(self.alice, "signed_out")
        self.record(self.bob, "signed_in")

        self.assertEqual(self.events.page(self.alice, NOON - HOUR, None, 9), [second, first])
        self.assertEqual(self.events.page(self.alice, NOON - HOUR, second.id, 9), [first])
        self.assertEqual(self.events.page(self.alice, NOON, None, 9), [])

    def test_old_events_are_forgotten(self) -> None:
        self.record(self.alice, "signed_in", NOON - HOUR)
        kept = self.record(self.alice, "signed_out")

        self.assertEqual(self.events.purge(NOON), 1)
        self.assertEqual(self.events.page(self.alice, NOON - 2 * HOUR, None, 9), [kept])


class LoginFailureRepositoryTest(RepositoryCase):
    def setUp(self) -> None:
        super().setUp()
        self.failures = LoginFailureRepository(self.session)

    def test_an_account_has_a_count_of_its_own_and_one_for_each_origin(self) -> None:
        counts = self.failures.lock("alice", "home", NOON + HOUR)
        counts.account.failures, counts.origin.failures = 2, 1
        self.session.flush()

        elsewhere = self.failures.lock("alice", "cafe", NOON + HOUR)

        self.assertEqual((elsewhere.account.failures, elsewhere.origin.failures), (2, 0))

    def test_all_counts_of_an_account_are_cleared_or_one(self) -> None:
        counts = self.failures.lock("alice", "home", NOON + HOUR)
        counts.account.failures, counts.origin.failures = 2, 1
        self.session.flush()

        self.failures.clear_origin("alice", "home")
        after = self.failures.lock("alice", "home", NOON + HOUR)
        self.assertEqual((after.account.failures, after.origin.failures), (2, 0))
        self.failures.clear("alice")
        self.assertEqual(self.failures.lock("alice", "home", NOON + HOUR).account.failures, 0)

    def test_counts_expire(self) -> None:
        self.failures.lock("alice", "home", NOON)

        self.assertEqual(self.failures.purge(NOON), 0)
        self.assertEqual(self.failures.purge(NOON + HOUR), 2)


class PersonalTokenRepositoryTest(RepositoryCase):
    def setUp(self) -> None:
        super().setUp()
        self.hers = PersonalTokenRepository(self.session, self.alice)
        self.his = PersonalTokenRepository(self.session, self.bob)

    def add(self, digest: bytes, expires_at: datetime | None = None) -> UUID:
        token = PersonalToken(
            user_id=self.alice,
            id=uuid4(),
            digest=digest,
            name="script",
            scopes=["contacts:read"],
            created_at=NOON,
            expires_at=expires_at,
        )
        self.hers.add(token)
        self.session.flush()
        return token.id

    def test_bob_neither_sees_nor_removes_alices_token(self) -> None:
        token_id = self.add(b"digest")

        self.assertEqual(
            ([each.id for each in self.hers.all()], self.hers.count()), ([token_id], 1)
        )
        self.assertEqual((self.his.all(), self.his.count()), ([], 0))
        self.assertIsNone(self.his.remove(token_id))
        self.assertEqual(self.hers.remove(token_id), b"digest")
        self.assertEqual(self.hers.count(), 0)

    def test_a_token_from_before_a_change_of_credentials_is_none(self) -> None:
        self.add(b"digest")
        users = UserRepository(self.session)

        users.update_unversioned(self.alice, tokens_valid_after=NOON + HOUR)

        self.assertEqual((self.hers.all(), self.hers.count()), ([], 0))

    def test_expired_tokens_are_removed(self) -> None:
        self.add(b"old", NOON)
        kept = self.add(b"new")

        self.assertEqual(purge_personal_tokens(self.session, NOON + HOUR), 1)
        self.assertEqual([each.id for each in self.hers.all()], [kept])


class FactorRepositoryTest(RepositoryCase):
    def setUp(self) -> None:
        super().setUp()
        self.hers = FactorRepository(self.session, self.alice)
        self.his = FactorRepository(self.session, self.bob)

    def test_a_seed_is_replaced_only_until_it_is_confirmed(self) -> None:
        self.assertTrue(self.hers.put_totp(b"first", NOON))
        self.assertTrue(self.hers.put_totp(b"second", NOON))
        self.assertIsNone(self.hers.confirmed_totp())

        self.assertTrue(self.hers.spend_step(1, NOON))

        self.assertFalse(self.hers.put_totp(b"third", NOON))
        totp = self.hers.confirmed_totp()
        assert totp
        self.assertEqual(totp.encrypted_seed, b"second")
        self.assertIsNone(self.his.totp())

    def test_a_step_counts_once_and_none_before_it(self) -> None:
        self.hers.put_totp(b"seed", NOON)

        self.assertEqual(
            [self.hers.spend_step(step, NOON) for step in (5, 5, 4, 6)], [True, False, False, True]
        )

    def test_only_its_owner_removes_a_factor(self) -> None:
        self.hers.put_totp(b"seed", NOON)
        self.hers.spend_step(1, NOON)
        totp = self.hers.totp()
        assert totp

        self.assertFalse(self.his.remove_totp(totp.id))
        self.assertTrue(self.hers.remove_totp(totp.id))

    def test_a_recovery_code_counts_once_and_for_its_owner(self) -> None:
        self.hers.replace_recovery_codes([b"one", b"two"], NOON)

        self.assertFalse(self.his.spend_recovery_code(b"one"))
        self.assertTrue(self.hers.spend_recovery_code(b"one"))
        self.assertFalse(self.hers.spend_recovery_code(b"one"))
        self.assertEqual(self.hers.recovery_codes_left(), 1)


class ChallengeRepositoryTest(RepositoryCase):
    def setUp(self) -> None:
        super().setUp()
        self.challenges = ChallengeRepository(self.session)
        self.user = UserRepository(self.session).require(self.alice)
        self.challenges.add(b"digest", ChallengePurpose.LOGIN, NOON + HOUR, self.user)
        self.session.flush()

    def test_a_challenge_is_answered_once_by_its_user_in_time(self) -> None:
        bob = UserRepository(self.session).require(self.bob)
        consume, login = self.challenges.consume, ChallengePurpose.LOGIN

        self.assertFalse(consume(b"digest", login, NOON + 2 * HOUR))
        self.assertFalse(consume(b"digest", ChallengePurpose.USE_PASSKEY, NOON))
        self.assertFalse(consume(b"digest", login, NOON, bob))
        self.assertTrue(consume(b"digest", login, NOON, self.user))
        self.assertFalse(consume(b"digest", login, NOON, self.user))

    def test_attempts_are_counted_up_to_a_limit(self) -> None:
        counted = [self.challenges.count_attempt(b"digest", 2, NOON) for _ in range(3)]

        self.assertEqual(counted, [True, True, False])

    def test_expired_challenges_are_removed(self) -> None:
        self.assertEqual(self.challenges.purge(NOON), 0)
        self.assertEqual(self.challenges.purge(NOON + 2 * HOUR), 1)


class PasskeyRepositoryTest(RepositoryCase):
    def setUp(self) -> None:
        super().setUp()
        self.passkeys = PasskeyRepository(self.session)
        self.passkey = Passkey(
            user_id=self.alice,
            id=uuid4(),
            credential_id=b"credential",
            public_key=b"key",
            sign_count=0,
            name="phone",
            created_at=NOON,
        )
        self.passkeys.add(self.passkey)
        self.session.flush()

    def test_a_passkey_is_found_by_its_credential_or_its_owner(self) -> None:
        self.assertIs(self.passkeys.find(b"credential"), self.passkey)
        self.assertIsNone(self.passkeys.find(b"other"))
        self.assertEqual(self.passkeys.owned(self.alice), [self.passkey])
        self.assertEqual((self.passkeys.count(self.alice), self.passkeys.count(self.bob)), (1, 0))

    def test_a_use_is_recorded(self) -> None:
        self.passkeys.record_use(self.passkey, 7, NOON + HOUR)

        found = self.passkeys.find(b"credential")
        assert found
        self.assertEqual((found.sign_count, found.used_at), (7, NOON + HOUR))

    def test_only_its_owner_removes_a_passkey(self) -> None:
        self.assertFalse(self.passkeys.remove(self.bob, self.passkey.id))
        self.assertTrue(self.passkeys.remove(self.alice, self.passkey.id))


class OperatorRepositoryTest(RepositoryCase):
    def test_accounts_are_counted(self) -> None:
        operators = OperatorRepository(self.session)
        before = operators.counts(NOON)

        create_user(self.database.connection, "carol", disabled_at=NOON)

        after = operators.counts(NOON)
        self.assertEqual(after.accounts, before.accounts + 1)
        self.assertEqual(after.disabled, before.disabled + 1)
        self.assertEqual(operators.sessions_of(self.alice, NOON), 0)

    def test_hashes_are_counted_by_the_tag_in_front(self) -> None:
        create_user(self.database.connection, "carol", password_hash="v7$x")

        self.assertEqual(OperatorRepository(self.session).hashes_by_recipe()["v7"], 1)
