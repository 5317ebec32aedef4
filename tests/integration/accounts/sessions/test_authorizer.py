"""The authorizer against a real Postgres and a Redis that is up, flushed, frozen, or dead.

Whatever Redis does: what has ended counts at once, and what lives goes on.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from kith import cache as caches
from kith.accounts.sessions import cache
from kith.accounts.sessions.authorizer import authorize
from kith.accounts.sessions.cache import SessionUser
from kith.accounts.sessions.lookup import SessionLookup, connect_lookup
from kith.cache import Cache
from kith.database.unit_of_work import Database
from kith.settings import settings
from tests.auth_client import PASSWORD, AuthClient
from tests.clock import FrozenClock
from tests.integration.accounts.conftest import FragileCache
from tests.postgres_proxy import FAULTS, postgres_proxy
from tests.waiting import wait_until

HARM: dict[str, Callable[[FragileCache], None]] = {
    "up": lambda _: None,
    "flushed": FragileCache.flush,
    "frozen": FragileCache.freeze,
    "killed": FragileCache.kill,
}
ENDINGS: dict[str, Callable[[AuthClient], Any]] = {
    "logout": lambda v: v.request("POST", "/api/auth/logout"),
    "logout-all": lambda v: v.request("POST", "/api/auth/logout-all"),
    "session": lambda v: v.request("DELETE", f"/api/auth/sessions/{v.session_id}"),
    "deletion": lambda v: v.request("DELETE", "/api/users/me", {"password": PASSWORD}),
}


def word(client: AuthClient, sessions: SessionLookup) -> dict[str, Any]:
    decision = authorize(f"Bearer {client.access}", sessions)
    assert decision["isAuthorized"] is True
    context: dict[str, Any] = decision["context"]
    return context


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("ending", ENDINGS)
def test_an_ended_session_is_refused_at_once_whatever_redis_does(
    fragile: FragileCache, alice: AuthClient, sessions: SessionLookup, harm: str, ending: str
) -> None:
    assert word(alice, sessions)["user_id"] == str(alice.user_id)  # the cache knows her now
    HARM[harm](fragile)

    assert ENDINGS[ending](alice).status == 204
    context = word(alice, sessions)

    assert context == {"denied": "session_revoked"}


@pytest.mark.parametrize("harm", HARM)
def test_a_living_session_goes_on_whatever_redis_does(
    fragile: FragileCache, alice: AuthClient, sessions: SessionLookup, harm: str
) -> None:
    word(alice, sessions)
    HARM[harm](fragile)

    for _ in range(5):
        assert word(alice, sessions)["user_id"] == str(alice.user_id)


def test_after_a_thaw_what_ended_meanwhile_stays_ended(
    fragile: FragileCache, alice: AuthClient, sessions: SessionLookup
) -> None:
    word(alice, sessions)
    fragile.freeze()
    alice.request("POST", "/api/auth/logout")
    fragile.thaw()

    wait_until(lambda: "denied" in word(alice, sessions))

    answers = [word(alice, sessions) for _ in range(50)]
    assert answers == [{"denied": "session_revoked"}] * 50


def test_the_password_letter_ends_sessions_for_the_authorizer_too(
    fragile: FragileCache, alice: AuthClient, sessions: SessionLookup
) -> None:
    word(alice, sessions)
    phone = AuthClient(alice.database)
    phone.log_in()
    word(phone, sessions)

    alice.request(
        "POST",
        "/api/auth/password/change",
        {"current_password": PASSWORD, "password": "nine loud herons"},
    )

    assert word(phone, sessions) == {"denied": "session_revoked"}
    assert word(alice, sessions)["user_id"] == str(alice.user_id)


def test_the_second_request_asks_redis_alone(
    fragile: FragileCache, alice: AuthClient, sessions: SessionLookup
) -> None:
    fragile.flush()  # she has just been verified: for some seconds nothing is remembered of her
    first = word(alice, sessions)
    silent = SessionLookup(lambda: pytest.fail("Postgres was asked"))

    assert word(alice, silent) == first
    assert sorted(str(each)[:4] for each in fragile.client.keys("*{*")) == ["sess", "user"]


def test_a_change_of_the_profile_is_seen_by_the_next_request(
    fragile: FragileCache, alice: AuthClient, sessions: SessionLookup
) -> None:
    assert word(alice, sessions)["time_zone"] == "UTC"

    alice.request("PATCH", "/api/users/me", {"time_zone": "Europe/Kyiv", "leap_day": "mar1"})

    assert word(alice, sessions)["time_zone"] == "Europe/Kyiv"
    assert word(alice, sessions)["leap_day"] == "mar1"


def test_what_somebody_read_before_the_end_cannot_be_filled_in_after_it(
    fragile: FragileCache, alice: AuthClient, sessions: SessionLookup
) -> None:
    stale = sessions.find(alice.user_id, alice.session_id, _now())

    alice.request("POST", "/api/auth/logout")
    cache.cache_session(alice.user_id, alice.session_id, stale)

    assert word(alice, sessions) == {"denied": "session_revoked"}


def test_what_somebody_read_before_a_change_cannot_be_filled_in_after_it(
    fragile: FragileCache, alice: AuthClient, sessions: SessionLookup
) -> None:
    stale = sessions.find(alice.user_id, alice.session_id, _now())

    alice.request("PATCH", "/api/users/me", {"locale": "pl"})
    cache.cache_session(alice.user_id, alice.session_id, stale)

    assert word(alice, sessions)["locale"] == "pl"


def test_when_and_how_well_a_session_authenticated_is_in_the_context(
    fragile: FragileCache, alice: AuthClient, sessions: SessionLookup, clock: FrozenClock
) -> None:
    clock.set_offset(0)
    phone = AuthClient(alice.database)
    phone.log_in()
    before = word(phone, sessions)
    clock.set_offset(600)

    assert phone.request("POST", "/api/auth/proof", {"password": PASSWORD}).status == 204

    after = word(phone, sessions)
    assert int(after["authenticated_at"]) == int(before["authenticated_at"]) + 600
    assert (before["aal"], after["aal"]) == ("1", "1")


RUBBISH = [
    b"",
    b"{",
    b"[]",
    b"[1]",
    b"7",
    b"null",
    b'{"1": 2}',
    b'[9,true,"UTC","en","feb28"]',
    b'[1,"yes","UTC","en","feb28"]',
    b'[1,true,{},"en","feb28"]',
    b'[1,true,"","en","feb28"]',
    b'[1,true,"UTC","en"]',
    b"[" * 100_000,
    b"\xff\xfe\0",
    b"live",
    b"live:1",
    b"live:x:1",
    b"gone:1:1",
]


@pytest.mark.parametrize("entry", ["user", "session"])
@pytest.mark.parametrize("rubbish", RUBBISH, ids=lambda rubbish: repr(rubbish[:20]))
def test_an_entry_that_nobody_understands_counts_as_none(
    fragile: FragileCache, alice: AuthClient, sessions: SessionLookup, rubbish: bytes, entry: str
) -> None:
    word(alice, sessions)
    if entry == "user":
        fragile.client.set(f"user:{{{alice.user_id}}}", rubbish)
    else:
        fragile.client.set(f"session:{{{alice.user_id}}}:{alice.session_id}", rubbish)

    assert word(alice, sessions)["verified"] == "true"
    assert word(alice, sessions)["time_zone"] == "UTC"


def test_an_expired_token_is_ours_but_no_good(
    fragile: FragileCache,
    alice: AuthClient,
    sessions: SessionLookup,
    clock: FrozenClock,
) -> None:
    clock.set_offset(15 * 60 + 1)

    assert word(alice, sessions) == {"denied": "token_expired"}


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x", "Basic YTpi", "bearer  ", "Bearer a.b.c", "é"]
)
def test_what_we_did_not_sign_is_not_let_in(sessions: SessionLookup, header: str) -> None:
    assert authorize(header, sessions) == {"isAuthorized": False, "context": {}}


def test_the_scheme_is_known_in_any_case(
    fragile: FragileCache, alice: AuthClient, sessions: SessionLookup
) -> None:
    assert authorize(f"bearer {alice.access}", sessions)["isAuthorized"] is True


def test_a_token_of_a_session_that_never_was_is_refused(
    fragile: FragileCache, sessions: SessionLookup
) -> None:
    client = AuthClient(Database.__new__(Database))
    client.access = _token_of_nobody()

    assert word(client, sessions) == {"denied": "session_revoked"}
    assert word(client, sessions) == {"denied": "session_revoked"}


def test_a_connection_that_broke_is_made_anew(
    fragile: FragileCache, alice: AuthClient, sessions: SessionLookup, crowded_database: Database
) -> None:
    fragile.kill()
    word(alice, sessions)
    with crowded_database.writing() as work:
        work.connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND query LIKE '%verified_at IS NOT NULL%'"
            )
        )

    assert word(alice, sessions)["user_id"] == str(alice.user_id)


def test_with_redis_and_postgres_away_nobody_is_let_in(
    fragile: FragileCache, alice: AuthClient
) -> None:
    fragile.kill()

    def refuse() -> Any:
        raise ConnectionRefusedError

    with caches.cache.override(Cache("redis://127.0.0.1:9/0")):
        assert word(alice, SessionLookup(refuse)) == {"denied": "unavailable"}


@pytest.mark.parametrize("connected", [True, False])
def test_a_database_that_falls_silent_is_called_unavailable_before_lambda_gives_up(
    fragile: FragileCache,
    alice: AuthClient,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
    *,
    connected: bool,
) -> None:
    fragile.kill()
    with postgres_proxy(postgres_url) as proxy:
        monkeypatch.setenv("DATABASE_URL", proxy.url)
        settings.cache_clear()
        sessions = SessionLookup(connect_lookup)
        if connected:
            word(alice, sessions)
        monkeypatch.setenv("KITH_AUTHORIZER_SECONDS", "1")
        settings.cache_clear()
        proxy.arm(0, FAULTS["withheld"])

        assert word(alice, sessions) == {"denied": "unavailable"}

        assert word(alice, sessions)["user_id"] == str(alice.user_id)
        sessions.close()


def test_a_mistake_of_ours_lets_nobody_in(
    fragile: FragileCache, alice: AuthClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cache, "_parse_user", fail)
    sessions = SessionLookup(lambda: pytest.fail("Postgres was asked"))
    fragile.client.set(f"session:{{{alice.user_id}}}:{alice.session_id}", "live:0:1")

    assert word(alice, sessions) == {"denied": "unavailable"}


def test_an_owner_survives_being_written_down() -> None:
    owner = SessionUser(True, "Europe/Kyiv", "uk", "mar1", authenticated_at=1_795_000_000, aal=2)

    user = cache._dump_user(owner)

    assert cache._parse_session(cache._dump_session(owner), cache._parse_user(user)) == owner


def _now() -> Any:
    from kith import clock

    return clock.now()


def _token_of_nobody() -> str:
    from datetime import timedelta

    from kith.accounts.tokens.access import TokenValidity, sign_access_token
    from tests.signing import PAIR

    life = TokenValidity(_now(), _now() + timedelta(minutes=15))
    return sign_access_token(uuid4(), uuid4(), life, kid=PAIR.kid, private_key=PAIR.pem)
