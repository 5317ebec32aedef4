"""Many at once: one account, one successor, and no difference between unknown and wrong."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import bcrypt
import pytest
from sqlalchemy import func, select

from kith import settings as environment
from kith.accounts.entities import Caller
from kith.accounts.flows.password_reset import request_password_reset
from kith.accounts.models import User
from kith.accounts.passwords import hashing
from kith.accounts.sessions.repository import SessionRepository
from kith.database.unit_of_work import Database
from kith.mail.models import OutboxLetter
from tests.auth_client import PASSWORD, AuthClient
from tests.authenticator_app import add_app, add_recovery_codes, answer, challenge_of
from tests.software_authenticator import (
    SoftwareAuthenticator,
    add_passkey,
    log_in_with,
    request_options_of,
)
from tests.work import work_of


def at_once(number: int, act: Any) -> list[Any]:
    """What so many get who act at the same moment; each has a thread and a loop of its own."""

    def alone(n: int) -> Any:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            return act(n)
        finally:
            loop.close()

    with ThreadPoolExecutor(number) as crowd:
        return [each.result() for each in [crowd.submit(alone, n) for n in range(number)]]


@dataclass(frozen=True)
class Work:
    """What somebody could measure of a request, counted: calls of functions, and hashes."""

    calls: int
    hashes: int

    def is_like(self, other: "Work") -> bool:
        """Nothing that a clock could tell: the same hashes, and calls within a few in a hundred."""
        return self.hashes == other.hashes and 0.95 < self.calls / other.calls < 1.05


Measure = Callable[[Callable[[], object]], Work]


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Measure:
    """Counts what an act does."""
    hashes = 0

    def counted(function: Any) -> Any:
        def count(*arguments: Any) -> Any:
            nonlocal hashes
            hashes += 1
            return function(*arguments)

        return count

    monkeypatch.setattr(bcrypt, "hashpw", counted(bcrypt.hashpw))
    monkeypatch.setattr(bcrypt, "checkpw", counted(bcrypt.checkpw))

    def measured(act: Callable[[], object]) -> Work:
        before = hashes
        calls = work_of(act)
        return Work(calls, hashes - before)

    return measured


def test_twenty_sign_ups_of_one_address_make_one_account_and_one_letter(
    crowded_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_SIGNUPS_PER_ORIGIN_PER_HOUR", "20")
    environment.settings.cache_clear()

    def sign_up(number: int) -> int:
        spelled = "aLiCe@example.com" if number % 2 else "Alice@Example.com"
        return int(AuthClient(crowded_database).sign_up(spelled).status)

    answers = sorted(at_once(20, sign_up))

    assert answers == [201] + [409] * 19
    with crowded_database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(User)) == 1
        assert connection.scalar(select(func.count()).select_from(OutboxLetter)) == 1


def test_twenty_refreshes_of_one_token_have_one_successor(crowded_database: Database) -> None:
    alice = AuthClient(crowded_database).sign_up_and_log_in()
    token = alice.refresh_token

    answers = at_once(20, lambda _: AuthClient(crowded_database).refresh(token))

    assert {each.status for each in answers} == {200}
    assert len({each.body["refresh_token"] for each in answers}) == 1
    with crowded_database.loading() as session:
        (living,) = SessionRepository(session).living(alice.user_id, _past(), _past())
    assert living.generation == 2


def test_of_twenty_who_verify_with_one_token_one_succeeds(crowded_database: Database) -> None:
    client = AuthClient(crowded_database)
    client.sign_up()
    (letter,) = client.letters()

    answers = at_once(20, lambda _: AuthClient(crowded_database).verify(letter).status)

    assert sorted(answers) == [200] + [400] * 19


def test_thirty_attempts_at_once_get_ten_tries(crowded_database: Database) -> None:
    def attempt(_: int) -> int:
        return int(AuthClient(crowded_database).log_in("nobody@example.com").status)

    answers = at_once(20, attempt)

    assert answers.count(401) == 10
    assert answers.count(429) == 10


def test_a_log_in_with_yesterdays_password_leaves_no_session(crowded_database: Database) -> None:
    """However a reset and a log-in interleave, no session of the old password survives."""
    alice = AuthClient(crowded_database).sign_up_and_log_in()
    change = {"current_password": PASSWORD, "password": "nine loud herons"}

    def act(number: int) -> Any:
        if number == 5:
            return alice.request("POST", "/api/auth/password/change", change)
        return AuthClient(crowded_database).log_in()

    at_once(9, act)

    with crowded_database.loading() as session:
        living = SessionRepository(session).living(alice.user_id, _past(), _past())
    assert [each.id for each in living] == [alice.session_id]


def test_unknown_and_wrong_take_the_same_work(
    crowded_database: Database, monkeypatch: pytest.MonkeyPatch, work: Measure
) -> None:
    monkeypatch.setenv("KITH_LOGIN_FAILURES", "1000")
    monkeypatch.setenv("KITH_LOGINS_PER_ORIGIN_PER_MINUTE", "1000")
    environment.settings.cache_clear()
    client = AuthClient(crowded_database)
    client.sign_up()
    client.verify(client.letters()[0])

    def refused(email: str) -> None:
        assert client.log_in(email, "wrong wrong").status == 401

    for email in ("nobody@example.com", "alice@example.com"):
        refused(email)  # what the first time imports and caches tells nobody anything

    unknown = work(lambda: refused("nobody@example.com"))
    assert unknown.hashes == 1
    assert unknown.is_like(work(lambda: refused("alice@example.com")))


def test_a_refused_sign_up_costs_the_same_for_every_address_and_no_hash(
    crowded_database: Database, monkeypatch: pytest.MonkeyPatch, work: Measure
) -> None:
    """A taken address below the limit costs a hash like a free one; past it, nothing does."""
    monkeypatch.setenv("KITH_SIGNUPS_PER_ORIGIN_PER_HOUR", "4")
    environment.settings.cache_clear()
    client = AuthClient(crowded_database)

    def sign_up(email: str, status: int) -> None:
        assert client.sign_up(email).status == status

    made = [work(partial(sign_up, f"person{n}@example.com", 201)) for n in range(2)]
    conflicts = [work(partial(sign_up, f"person{n}@example.com", 409)) for n in range(2)]
    refused = [
        work(partial(sign_up, email, 429))
        for email in ("person0@example.com", "person1@example.com", "nobody@example.com")
    ]

    assert [each.hashes for each in made + conflicts] == [1] * 4
    assert refused[1].hashes == 0
    assert refused[1].is_like(refused[2])


def test_a_blocked_account_costs_the_same_from_where_its_owner_is_at_home(
    crowded_database: Database, monkeypatch: pytest.MonkeyPatch, work: Measure
) -> None:
    """The answers are the same; so is the work, or the clock would tell who is at home where."""
    monkeypatch.setenv("KITH_LOGINS_PER_ORIGIN_PER_MINUTE", "1000")
    environment.settings.cache_clear()
    owner = AuthClient(crowded_database).sign_up_and_log_in()
    monkeypatch.setenv("KITH_LOGIN_FAILURES", "5")
    environment.settings.cache_clear()
    stranger = AuthClient(crowded_database, origin="198.51.100.1")
    for _ in range(5):
        stranger.log_in(password="wrong wrong wrong")
    monkeypatch.setenv("KITH_LOGIN_FAILURES", "1000")
    environment.settings.cache_clear()

    def blocked(origin: str) -> None:
        client = AuthClient(crowded_database, origin=origin)
        assert client.log_in(password="wrong wrong wrong").status == 429

    for origin in (owner.origin, "198.51.100.2"):
        blocked(origin)  # what the first time imports and caches tells nobody anything

    at_home = work(partial(blocked, owner.origin))
    assert at_home.is_like(work(partial(blocked, "198.51.100.2")))


def test_asking_for_a_letter_takes_the_same_work_for_known_and_unknown(
    crowded_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_LETTERS_PER_ADDRESS_PER_HOUR", "1000")
    monkeypatch.setenv("KITH_LETTERS_PER_ORIGIN_PER_HOUR", "1000")
    environment.settings.cache_clear()
    AuthClient(crowded_database).sign_up()
    caller = Caller("203.0.113.9", "tests")

    def seconds(email: str) -> float:
        began = time.process_time()
        with crowded_database.writing() as work:
            request_password_reset(work, email, caller)
        return time.process_time() - began

    known, unknown = [], []
    for _ in range(60):
        known.append(seconds("alice@example.com"))
        unknown.append(seconds("nobody@example.com"))

    assert min(known) - min(unknown) < 0.005


def test_a_dummy_hash_costs_what_a_real_one_does() -> None:
    kept, dummy = hashing.hash_password(PASSWORD, {"v1": b"p" * 32}), hashing._dummy()

    assert kept[: len("v1$$2b$04$")] == dummy[: len("v1$$2b$04$")]
    assert len(kept) == len(dummy)


def _past() -> Any:
    from datetime import UTC, datetime

    return datetime(2000, 1, 1, tzinfo=UTC)


def test_of_eight_logins_with_one_code_at_once_one_succeeds(
    crowded_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_LOGIN_FAILURES", "1000")
    environment.settings.cache_clear()
    alice = AuthClient(crowded_database).sign_up_and_log_in()
    app = add_app(alice)
    code, challenges = app.code(), [challenge_of(alice) for _ in range(8)]

    def complete(number: int) -> int:
        client = AuthClient(crowded_database)
        return int(answer(client, challenges[number], "totp", code=code).status)

    assert sorted(at_once(8, complete)) == [200] + [401] * 7


def test_of_eight_logins_with_one_recovery_code_at_once_one_succeeds(
    crowded_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_LOGIN_FAILURES", "1000")
    environment.settings.cache_clear()
    alice = AuthClient(crowded_database).sign_up_and_log_in()
    add_app(alice)
    code, challenges = add_recovery_codes(alice)[0], [challenge_of(alice) for _ in range(8)]

    def complete(number: int) -> int:
        client = AuthClient(crowded_database)
        return int(answer(client, challenges[number], "recovery", code=code).status)

    assert sorted(at_once(8, complete)) == [200] + [401] * 7


def test_of_eight_answers_to_one_challenge_at_once_one_succeeds(
    crowded_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_LOGIN_FAILURES", "1000")
    monkeypatch.setenv("KITH_CHALLENGE_ATTEMPTS", "1000")
    environment.settings.cache_clear()
    alice = AuthClient(crowded_database).sign_up_and_log_in()
    add_app(alice)
    codes, challenge = add_recovery_codes(alice), challenge_of(alice)

    def complete(number: int) -> int:
        client = AuthClient(crowded_database)
        return int(answer(client, challenge, "recovery", code=codes[number]).status)

    assert sorted(at_once(8, complete)) == [200] + [401] * 7


def test_of_eight_logins_with_one_answer_of_a_passkey_at_once_one_succeeds(
    crowded_database: Database,
) -> None:
    alice = AuthClient(crowded_database).sign_up_and_log_in()
    phone = add_passkey(alice, SoftwareAuthenticator(counts=False))
    credential = phone.get(request_options_of(alice))

    answers = at_once(
        8, lambda _: int(log_in_with(AuthClient(crowded_database), credential).status)
    )

    assert sorted(answers) == [200] + [401] * 7


def test_of_an_original_and_its_copy_at_once_one_is_let_in(crowded_database: Database) -> None:
    alice = AuthClient(crowded_database).sign_up_and_log_in()
    phone = add_passkey(alice)
    credentials = []
    for _ in range(8):
        phone.sign_count = 0
        credentials.append(phone.get(request_options_of(alice)))

    def log_in(number: int) -> int:
        return int(log_in_with(AuthClient(crowded_database), credentials[number]).status)

    assert sorted(at_once(8, log_in)) == [200] + [401] * 7
