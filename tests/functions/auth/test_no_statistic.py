"""200 addresses, half of them with an account: nothing that can be counted tells which half.

Counts, not time: statuses, headers, bodies, statements, password hashes, letters and messages.
"""

import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import bcrypt
import pytest
from sqlalchemy import Engine, event, text

from kith import settings as environment
from kith.accounts.passwords.hashing import hash_password
from kith.accounts.tokens.signing_keys import signing_keys
from tests.auth_client import PASSWORD, AuthClient
from tests.clients import Response
from tests.clock import FrozenClock
from tests.databases import RolledBack
from tests.factories import LONG_AGO, create_user
from tests.recorders import RecordingQueue

KNOWN = [f"known-{n:03}@example.com" for n in range(100)]
# Tests count their savepoints.
SAVEPOINT = re.compile(r"sa_savepoint_[0-9]+")
UNKNOWN = [f"other-{n:03}@example.com" for n in range(100)]


class Observation(NamedTuple):
    """All that somebody could count of one request."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str
    statements: tuple[str, ...]
    hashes: int
    messages: int


class Observer:
    """Counts what happens while a request is answered."""

    def __init__(self, queue: RecordingQueue) -> None:
        self.statements: list[str] = []
        self.hashes = 0
        self._queue = queue

    def observe(self, send: Callable[[], Response]) -> Observation:
        self.statements.clear()
        self.hashes, before = 0, len(self._queue.messages)
        response = send()
        return Observation(
            response.status,
            tuple(sorted(response.headers.items())),
            repr(response.body),
            tuple(self.statements),
            self.hashes,
            len(self._queue.messages) - before,
        )


@contextmanager
def counting_statements(engine: Engine, observer: Observer) -> Iterator[None]:
    def count(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        observer.statements.append(SAVEPOINT.sub("", statement))

    event.listen(engine, "before_cursor_execute", count)
    yield
    event.remove(engine, "before_cursor_execute", count)


@pytest.fixture
def observer(
    engine: Engine, letters_queue: RecordingQueue, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Observer]:
    observer = Observer(letters_queue)

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            observer.hashes += 1
            return function(*arguments)

        return call

    monkeypatch.setattr(bcrypt, "hashpw", counted(bcrypt.hashpw))
    monkeypatch.setattr(bcrypt, "checkpw", counted(bcrypt.checkpw))
    with counting_statements(engine, observer):
        yield observer


@pytest.fixture
def client(client: AuthClient, clock: FrozenClock, database: RolledBack) -> AuthClient:
    """Of those who have an account every other one has not verified the address."""
    kept = hash_password(PASSWORD, signing_keys().peppers())
    for n, email in enumerate(KNOWN):
        verified_at = LONG_AGO if n % 2 else None
        create_user(database.connection, email=email, password_hash=kept, verified_at=verified_at)
    return client


def shuffled() -> list[str]:
    addresses = [*KNOWN, *UNKNOWN]
    random.Random(12).shuffle(addresses)
    return addresses


def letters_waiting(client: AuthClient) -> int:
    with client.database.reading() as connection:
        return int(connection.execute(text("SELECT count(*) FROM outbox")).scalar_one())


def test_sign_ups_past_the_limit_are_all_alike(client: AuthClient, observer: Observer) -> None:
    for n in range(10):
        assert client.sign_up(f"first-{n}@example.com").status == 201
    before = letters_waiting(client)

    seen = {email: observer.observe(partial(client.sign_up, email)) for email in shuffled()}

    (every,) = set(seen.values())
    assert (every.status, every.hashes, every.messages) == (429, 0, 0)
    assert letters_waiting(client) == before


def test_logins_with_a_wrong_password_are_all_alike(
    client: AuthClient, observer: Observer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_LOGINS_PER_ORIGIN_PER_MINUTE", "1000")
    environment.settings.cache_clear()

    seen = {e: observer.observe(partial(client.log_in, e, "another long one")) for e in shuffled()}

    told = {email: each._replace(statements=()) for email, each in seen.items()}
    assert len(set(told.values())) == 1
    assert next(iter(told.values())).hashes == 1
    assert {len(each.statements) for each in seen.values()} == {len(seen[KNOWN[0]].statements)}


@pytest.mark.parametrize("path", ["/api/auth/password/forgot", "/api/auth/verify/resend"])
def test_requests_for_letters_are_all_alike(
    client: AuthClient, observer: Observer, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv("KITH_LETTERS_PER_ORIGIN_PER_HOUR", "1000")
    environment.settings.cache_clear()

    def send(email: str) -> Response:
        return client.request("POST", path, {"email": email})

    seen = {email: observer.observe(partial(send, email)) for email in shuffled()}

    told = {each._replace(statements=()) for each in seen.values()}
    assert len(told) == 1
    assert {len(each.statements) for each in seen.values()} == {len(seen[KNOWN[0]].statements)}
