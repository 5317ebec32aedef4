"""The cache: Redis or Valkey, whose data may vanish and which may be away.

Every call is bounded to a quarter of a second. After a failure the cache counts as away for a
second, so that a dead Redis costs one request a second some latency, and the others nothing.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from kith.deadline import has_time
from kith.idle import IdleTimer
from kith.settings import settings
from kith.singleton import singleton
from kith.telemetry import report_outage

_TIMEOUT_SECONDS: Final = 0.25
_AWAY_SECONDS: Final = 1.0

# What a script returns: text, a number, nothing, or a list of such.
Reply = Any
Arguments = Sequence[str | int | float]


class CacheUnavailable(Exception):
    """Redis did not answer in time, or there is none. Whoever asked must do without."""


class Script(Protocol):
    """A Lua script that the server knows by its digest."""

    def __call__(self, *, keys: Sequence[str], args: Arguments) -> Reply: ...


class RedisClient(Protocol):
    """As much of redis-py as we use."""

    def register_script(self, script: str) -> Script: ...

    def ping(self) -> object: ...

    def close(self) -> None: ...


class Cache:
    """A client of Redis with a timeout and a circuit breaker.

    ``url`` is ``redis://`` or ``rediss://``; with ``?cluster=true`` it speaks the cluster protocol,
    as serverless ElastiCache does.
    """

    def __init__(
        self, url: str, *, timeout: float = _TIMEOUT_SECONDS, away: float = _AWAY_SECONDS
    ) -> None:
        """Seconds: ``timeout`` bounds each call, ``away`` is the rest after a failure."""
        self._url = url
        self._timeout = timeout
        self._away = away
        self._client: RedisClient | None = None
        self._scripts: dict[str, Script] = {}
        self._away_until = 0.0
        self._idle = IdleTimer()

    def run(self, script: str, keys: Sequence[str], arguments: Arguments) -> Reply:
        """Run a Lua script as one step and return its reply.

        Raises:
            CacheUnavailable: there is no reply in time.
        """
        return self._call(lambda: self._script(script)(keys=keys, args=arguments))

    def insist(self, script: str, keys: Sequence[str], arguments: Arguments) -> Reply:
        """As ``run``, but tried twice, and even while Redis counts as away: for what must not wait.

        Raises:
            CacheUnavailable: there is no reply in time.
        """
        self._away_until = 0.0
        try:
            return self.run(script, keys, arguments)
        except CacheUnavailable:
            self._away_until = 0.0
            return self.run(script, keys, arguments)

    def ping(self) -> None:
        """Raises CacheUnavailable when Redis cannot be reached."""
        self._call(lambda: self._connected().ping())

    def close(self) -> None:
        """Forget the connections, and that Redis was away; the next call connects."""
        if self._client is not None:
            self._client.close()
        self._client = None
        self._scripts.clear()
        self._away_until = 0.0

    def _call(self, call: Callable[[], Reply]) -> Reply:
        if time.monotonic() < self._away_until or not has_time(_TIMEOUT_SECONDS):
            raise CacheUnavailable
        try:
            self._replace_dead_connections()
            return call()
        except Exception as error:  # at a reply that it cannot read the client raises anything
            self._away_until = time.monotonic() + self._away
            report_outage("cache_away", "CacheAway", error)
            raise CacheUnavailable from error

    def _replace_dead_connections(self) -> None:
        """Probe connections that slept; where one does not answer, the call makes them anew."""
        if self._client is not None and self._idle.has_slept():
            try:
                self._client.ping()
            except Exception:  # noqa: BLE001 - as in _call
                self.close()
        self._idle.touch()

    def _script(self, script: str) -> Script:
        if script not in self._scripts:
            self._scripts[script] = self._connected().register_script(script)
        return self._scripts[script]

    def _connected(self) -> RedisClient:
        if self._client is None:
            self._client = _connect(self._url, self._timeout)
        return self._client


class NoCache(Cache):
    """The cache of a stack that has none."""

    def __init__(self) -> None:
        super().__init__("")

    def _call(self, call: Callable[[], Reply]) -> Reply:
        del call
        raise CacheUnavailable


def _connect(url: str, timeout: float) -> RedisClient:
    """A client that says its password and nothing else: each greeting is a round trip."""
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.maint_notifications import MaintNotificationsConfig
    from redis.retry import Retry

    address, _, options = url.partition("?")
    options_of_each = {
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
        "driver_info": None,
        "maint_notifications_config": MaintNotificationsConfig(enabled=False),
        "decode_responses": True,
    }
    if "cluster=true" in options:
        from redis.cluster import RedisCluster

        return RedisCluster.from_url(address, **options_of_each)
    return Redis.from_url(address, **options_of_each)


@singleton
def cache() -> Cache:
    """This process's cache, as the settings name it."""
    return Cache(settings().redis_url) if settings().redis_url else NoCache()
