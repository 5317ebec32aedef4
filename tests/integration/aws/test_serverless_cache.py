"""Serverless ElastiCache as nobody can run it here: the cluster protocol over verified TLS."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest

from kith import cache as caches
from kith.accounts.sessions.cache import (
    SessionEnded,
    SessionUser,
    cache_session,
    cache_session_end,
    find_cached_session,
)
from kith.cache import Cache, CacheUnavailable
from kith.limits.counters import RedisCounters
from kith.settings import settings
from tests.certificates import Authority
from tests.cluster_valkey import HOST, cluster_with_tls
from tests.forgetful_proxy import FAILURES, ForgetfulProxy
from tests.waiting import HANG_SECONDS

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def front(
    authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, ForgetfulProxy]]:
    folder = tmp_path_factory.mktemp("valkey")
    with cluster_with_tls(folder, authority.server_context(HOST)) as url_and_network:
        yield url_and_network


@pytest.fixture
def cluster_url(front: tuple[str, ForgetfulProxy]) -> str:
    return front[0]


@pytest.fixture
def network(front: tuple[str, ForgetfulProxy]) -> ForgetfulProxy:
    return front[1]


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda's own certificates know Amazon's authority; these know ours."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.roots))


@pytest.fixture
def cluster(cluster_url: str, trusted: None) -> Cache:
    return Cache(cluster_url, timeout=HANG_SECONDS)


def test_counts_are_kept(cluster: Cache) -> None:
    counters = RedisCounters(cluster)
    key = f"limits:{uuid4()}"

    sums = [counters.add(key, amount=1, floor=0, lives=MINUTE) for _ in range(3)]

    assert sums == [1, 2, 3]


def test_sessions_are_kept_and_ended(cluster: Cache) -> None:
    """Their scripts use two keys, which must lie in one slot."""
    user_id, session_id = uuid4(), uuid4()
    user = SessionUser(verified=True, time_zone="UTC", locale="en", leap_day="feb28")
    with caches.cache.override(cluster):
        before = find_cached_session(user_id, session_id)
        cache_session(user_id, session_id, user)
        during = find_cached_session(user_id, session_id)
        cache_session_end(user_id, session_id)

        with pytest.raises(SessionEnded):
            find_cached_session(user_id, session_id)

    assert (before, during) == (None, user)


def test_a_server_that_is_not_known_is_told_nothing(cluster_url: str) -> None:
    with pytest.raises(CacheUnavailable):
        Cache(cluster_url, timeout=HANG_SECONDS).ping()


@pytest.mark.parametrize("failure", FAILURES)
def test_it_is_reached_after_a_sleep(
    cluster_url: str, network: ForgetfulProxy, trusted: None, failure: str, sleepy: None
) -> None:
    cache = Cache(cluster_url, timeout=0.5)
    for _ in range(3):
        assert cache.run("return 1", ["key"], []) == 1
        network.forget(failure)

    assert cache.run("return 1", ["key"], []) == 1


@pytest.fixture
def sleepy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every connection has slept when it is used again."""
    monkeypatch.setenv("KITH_CONNECTION_IDLE_SECONDS", "0")
    settings.cache_clear()
