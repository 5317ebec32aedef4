"""Redis (or Valkey): quick, forgetful, and allowed to be away.

Every call is bounded to a quarter of a second. After a failure the cache counts as away for a
second, so that a dead Redis costs one request a second some latency, and the others nothing.
"""

import time
from collections.abc import Sequence
from typing import Any, Final

from kith.settings import settings
from kith.singleton import singleton
from kith.telemetry import count_metric, log_warning

_TIMEOUT_SECONDS: Final = 0.25
_AWAY_SECONDS: Final = 1.0


class CacheUnavailable(Exception):
    """Redis did not answer in time, or there is none. Whoever asked must do without."""


class Cache:
    """A Redis that never keeps anybody waiting.

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
        self._client: Any = None
        self._scripts: dict[str, Any] = {}
        self._away_until = 0.0

    def run(self, script: str, keys: Sequence[str], arguments: Sequence[str | int | float]) -> Any:
        """Run a Lua script as one step and return its answer.

        Raises:
            CacheAway: there is no answer in time.
        """
        return self._ask(lambda: self._registered(script)(keys=keys, args=arguments))

    def insist(
        self, script: str, keys: Sequence[str], arguments: Sequence[str | int | float]
    ) -> Any:
        """As ``run``, but tried twice, and even while Redis counts as away: for what must not wait.

        Raises:
            CacheAway: there is no answer in time.
        """
        self._away_until = 0.0
        try:
            return self.run(script, keys, arguments)
        except CacheUnavailable:
            self._away_until = 0.0
            return self.run(script, keys, arguments)

    def ping(self) -> None:
        """Raises CacheAway when Redis cannot be reached."""
        self._ask(lambda: self._connected().ping())

    def _ask(self, question: Any) -> Any:
        if time.monotonic() < self._away_until:
            raise CacheUnavailable
        try:
            return question()
        except Exception as trouble:  # at a reply that it cannot read the client raises anything
            self._away_until = time.monotonic() + self._away
            log_warning("cache_away", trouble=type(trouble).__name__)
            count_metric("CacheAway")
            raise CacheUnavailable from trouble

    def _registered(self, script: str) -> Any:
        if script not in self._scripts:
            self._scripts[script] = self._connected().register_script(script)
        return self._scripts[script]

    def _connected(self) -> Any:
        if self._client is None:
            self._client = _connect(self._url, self._timeout)
        return self._client


class NoCache(Cache):
    """The cache of a stack that has none."""

    def __init__(self) -> None:
        super().__init__("")

    def _ask(self, question: Any) -> Any:
        del question
        raise CacheUnavailable


def _connect(url: str, timeout: float) -> Any:
    """A client whose greeting is the password and nothing else: each greeting is a round trip."""
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.maint_notifications import MaintNotificationsConfig
    from redis.retry import Retry

    address, _, options = url.partition("?")
    manners = {
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

        return RedisCluster.from_url(address, **manners)
    return Redis.from_url(address, **manners)


@singleton
def cache() -> Cache:
    """This process's cache, as the settings name it."""
    return Cache(settings().redis_url) if settings().redis_url else NoCache()
