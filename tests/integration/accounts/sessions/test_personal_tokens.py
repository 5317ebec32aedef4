"""Personal access tokens at the authorizer: as quick as a session, and as quickly ended."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from kith import cache as caches
from kith.accounts.sessions.authorizer import authorize
from kith.accounts.sessions.lookup import SessionLookup
from kith.accounts.tokens.personal import generate_personal_token
from kith.cache import Arguments, Cache, CacheUnavailable, Reply
from kith.clock import now
from kith.database.unit_of_work import Database
from kith.limits.limiter import limiter
from tests.auth_client import PASSWORD, AuthClient
from tests.clock import FrozenClock
from tests.integration.accounts.conftest import FragileCache
from tests.outbox import token_in

HARM: dict[str, Callable[[FragileCache], None]] = {
    "up": lambda _: None,
    "flushed": FragileCache.flush,
    "frozen": FragileCache.freeze,
    "killed": FragileCache.kill,
}


def reset(client: AuthClient) -> Any:
    client.letters()
    client.request("POST", "/api/auth/password/forgot", {"email": "alice@example.com"})
    (letter,) = client.letters()
    body = {"token": token_in(letter), "password": "eight loud herons"}
    return client.request("POST", "/api/auth/password/reset", body)


def revoke(client: AuthClient) -> Any:
    (token,) = client.request("GET", "/api/users/me/tokens").body["items"]
    return client.request("DELETE", f"/api/users/me/tokens/{token['id']}")


ENDINGS: dict[str, Callable[[AuthClient], Any]] = {
    "revoked": revoke,
    "logout-all": lambda v: v.request("POST", "/api/auth/logout-all"),
    "reset": reset,
    "deletion": lambda v: v.request("DELETE", "/api/users/me", {"password": PASSWORD}),
}


def make(client: AuthClient, **body: Any) -> str:
    sent = {"name": "Backup", "scopes": ["contacts:read", "birthdays:read"], **body}
    made = client.request("POST", "/api/users/me/tokens", sent)
    assert made.status == 201
    return str(made.body["token"])


def context_of(token: str, sessions: SessionLookup) -> dict[str, Any]:
    decision = authorize(f"Bearer {token}", sessions)
    assert decision["isAuthorized"] is True
    return dict(decision["context"])


def forget_bars(cache: Cache) -> None:
    """A verification bars the cache for some seconds; nobody waits for that here."""
    cache.run("redis.call('FLUSHALL')", [], [])


class CountingCache(Cache):
    """Counts the trips to Redis."""

    def __init__(self, cache: Cache) -> None:
        super().__init__("")
        self._cache = cache
        self.trips = 0

    def run(self, script: str, keys: Sequence[str], arguments: Arguments) -> Reply:
        self.trips += 1
        return self._cache.run(script, keys, arguments)


class NoLookup(SessionLookup):
    """Nobody may ask Postgres."""

    def __init__(self) -> None:
        super().__init__(lambda: pytest.fail("asked Postgres"))


def test_the_functions_are_told_whose_token_it_is_and_what_it_may_do(
    cache: Cache, alice: AuthClient, sessions: SessionLookup
) -> None:
    token = make(alice)
    (listed,) = alice.request("GET", "/api/users/me/tokens").body["items"]

    contexts = [context_of(token, sessions) for _ in range(2)]  # from Postgres, from the cache

    assert contexts == 2 * [
        {
            "user_id": str(alice.user_id),
            "session_id": listed["id"],
            "verified": "true",
            "time_zone": "UTC",
            "locale": "en",
            "leap_day": "feb28",
            "authenticated_at": "0",
            "aal": "1",
            "scopes": "birthdays:read contacts:read",
        }
    ]


def test_a_known_token_costs_one_trip_to_redis_as_a_session_does(
    cache: Cache, alice: AuthClient, sessions: SessionLookup
) -> None:
    token = make(alice)
    credentials = (token, alice.access)
    forget_bars(cache)
    for each in credentials:
        context_of(each, sessions)
    counting = CountingCache(cache)

    with caches.cache.override(counting):
        trips = []
        for each in credentials:
            counting.trips = 0
            assert "denied" not in context_of(each, NoLookup())
            trips.append(counting.trips)

    assert trips == [1, 1]


def test_a_wrong_checksum_is_refused_without_asking_anybody(
    cache: Cache, alice: AuthClient
) -> None:
    token = make(alice)
    counting = CountingCache(cache)

    with caches.cache.override(counting):
        decision = authorize(f"Bearer {token[:-1]}{'A' if token[-1] != 'A' else 'B'}", NoLookup())

    assert decision == {"isAuthorized": False, "context": {}}
    assert counting.trips == 0


def test_a_made_up_token_with_a_right_checksum_gets_nowhere(
    cache: Cache, alice: AuthClient, sessions: SessionLookup
) -> None:
    context_of(make(alice), sessions)
    made_up = generate_personal_token(alice.user_id)

    assert context_of(made_up, sessions) == {"denied": "session_revoked"}
    assert context_of(made_up, NoLookup()) == {"denied": "session_revoked"}


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("ending", ENDINGS)
def test_an_ended_token_is_refused_at_once_whatever_redis_does(
    fragile: FragileCache, alice: AuthClient, sessions: SessionLookup, harm: str, ending: str
) -> None:
    token = make(alice)
    assert "denied" not in context_of(token, sessions)  # the cache knows it now
    HARM[harm](fragile)
    limiter.cache_clear()  # it has the patient connection of before

    assert ENDINGS[ending](alice).status == 204

    assert context_of(token, sessions) == {"denied": "session_revoked"}


def test_a_token_expires_to_the_second_though_it_is_in_the_cache(
    cache: Cache, alice: AuthClient, sessions: SessionLookup, clock: FrozenClock
) -> None:
    clock.set_offset(0)
    expires_at = now() + timedelta(seconds=60)
    token = make(alice, expires_at=expires_at.isoformat())
    assert "denied" not in context_of(token, sessions)
    clock.set_offset(61)

    assert context_of(token, sessions) == {"denied": "token_expired"}


def test_the_last_use_is_recorded_every_ten_minutes_and_not_at_every_request(
    crowded_database: Database, alice: AuthClient, sessions: SessionLookup, clock: FrozenClock
) -> None:
    """Without a cache, where every request asks Postgres."""

    def last_used() -> Any:
        with crowded_database.reading() as connection:
            row = connection.execute(text("SELECT last_used_at, xmin::text FROM personal_tokens"))
            return tuple(row.one())

    clock.set_offset(0)
    token = make(alice)
    assert last_used()[0] is None
    context_of(token, sessions)
    first = last_used()
    clock.set_offset(540)
    context_of(token, sessions)
    assert last_used() == first
    clock.set_offset(660)

    context_of(token, sessions)

    assert last_used()[0] - first[0] == timedelta(seconds=660)


def test_a_token_that_somebody_holds_locked_is_not_waited_for(
    crowded_database: Database, alice: AuthClient, sessions: SessionLookup
) -> None:
    token = make(alice)

    with crowded_database.writing() as work:
        work.connection.execute(text("SELECT 1 FROM personal_tokens FOR UPDATE"))
        context = context_of(token, sessions)

    assert "denied" not in context


@pytest.mark.parametrize("entry", ["", "live", "{}", "[1]", '[1,"x","y",""]', "[" * 9000])
def test_an_entry_that_nobody_can_read_is_a_miss(
    cache: Cache, alice: AuthClient, sessions: SessionLookup, entry: str
) -> None:
    token = make(alice)
    forget_bars(cache)
    context_of(token, sessions)
    keys = cache.run("return redis.call('KEYS', 'token:*')", [], [])
    cache.run("redis.call('SET', KEYS[1], ARGV[1])", keys, [entry])

    assert context_of(token, sessions)["scopes"] == "birthdays:read contacts:read"


def test_without_postgres_and_without_redis_nobody_is_let_in() -> None:
    def refuse() -> Any:
        raise CacheUnavailable

    token = generate_personal_token(uuid4())
    lookup = SessionLookup(refuse)

    assert context_of(token, lookup) == {"denied": "unavailable"}
