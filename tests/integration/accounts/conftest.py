"""The accounts with real keys, a database for many at once, and a Redis that can be hurt."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from redis import Redis

from infra.local.servers import valkey
from kith import cache as caches
from kith import settings as environment
from kith.accounts.sessions.lookup import SessionLookup, connect_lookup
from kith.cache import Cache
from kith.database.unit_of_work import Database
from tests.auth_client import AuthClient
from tests.signing import signing_keys

__all__ = ["signing_keys"]


class FragileCache:
    """A Valkey of one test's own: to be flushed, frozen, thawed and killed."""

    def __init__(self, url: str) -> None:
        self.client = Redis.from_url(url, decode_responses=True, socket_timeout=5)
        self._pid = int(self.client.info("server")["process_id"])

    def flush(self) -> None:
        self.client.flushall()

    def freeze(self) -> None:
        os.kill(self._pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self._pid, signal.SIGCONT)

    def kill(self) -> None:
        os.kill(self._pid, signal.SIGKILL)


@pytest.fixture
def fragile(tmp_path: Path, signing_keys: None) -> Iterator[FragileCache]:
    with valkey.running(tmp_path / "valkey") as url:
        fragile = FragileCache(url)
        with caches.cache.override(Cache(url)):
            yield fragile
        fragile.client.close()
        with suppress(ProcessLookupError):
            fragile.thaw()


@pytest.fixture
def sessions(
    crowded_database: Database, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SessionLookup]:
    """The authorizer's own connection to Postgres."""
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    environment.settings.cache_clear()
    lookup = SessionLookup(connect_lookup)
    yield lookup
    lookup.close()


@pytest.fixture
def alice(crowded_database: Database, sessions: SessionLookup) -> AuthClient:
    """Alice, who has signed in."""
    return AuthClient(crowded_database).sign_up_and_log_in()
