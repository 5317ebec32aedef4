"""The accounts with real keys, a database for many at once, and a Redis that can be hurt."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from infra.local.servers import valkey
from kith import cache as caches
from kith import settings as environment
from kith.accounts.sessions.lookup import LookupConnection, SessionLookup, connect_lookup
from kith.cache import Cache
from kith.database.unit_of_work import Database
from tests.auth_client import AuthClient
from tests.signing import signing_keys
from tests.waiting import HANG_SECONDS

__all__ = ["signing_keys"]


class FragileCache:
    """A Valkey of one test's own: to be flushed, frozen, thawed and killed.

    Only while it is frozen does the code under test wait for it no longer than in production.
    """

    def __init__(self, url: str, overrides: ExitStack) -> None:
        self.client = Redis.from_url(url, decode_responses=True, socket_timeout=HANG_SECONDS)
        self._url = url
        self._overrides = overrides
        self._pid = int(self.client.info("server")["process_id"])
        self._use(Cache(url, timeout=HANG_SECONDS))

    def flush(self) -> None:
        self.client.flushall()

    def freeze(self) -> None:
        os.kill(self._pid, signal.SIGSTOP)
        self._use(Cache(self._url))

    def thaw(self) -> None:
        os.kill(self._pid, signal.SIGCONT)
        self._use(Cache(self._url, timeout=HANG_SECONDS))

    def kill(self) -> None:
        os.kill(self._pid, signal.SIGKILL)

    def _use(self, cache: Cache) -> None:
        self._overrides.enter_context(caches.cache.override(cache))


@pytest.fixture
def fragile(tmp_path: Path, signing_keys: None) -> Iterator[FragileCache]:
    with valkey.running(tmp_path / "valkey") as url, ExitStack() as overrides:
        fragile = FragileCache(url, overrides)
        yield fragile
        fragile.client.close()
        with suppress(ProcessLookupError):
            fragile.thaw()


def patient_lookup() -> LookupConnection:
    """The connection of the authorizer, without its time limits."""
    connection = connect_lookup()
    driver: Any = connection
    driver._usock.settimeout(HANG_SECONDS)
    connection.cursor().execute("SET statement_timeout = 0", ())
    return connection


@pytest.fixture
def sessions(
    crowded_database: Database, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SessionLookup]:
    """The authorizer's own connection to Postgres."""
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    environment.settings.cache_clear()
    lookup = SessionLookup(patient_lookup)
    yield lookup
    lookup.close()


@pytest.fixture
def alice(crowded_database: Database, sessions: SessionLookup) -> AuthClient:
    """Alice, who has signed in."""
    return AuthClient(crowded_database).sign_up_and_log_in()
