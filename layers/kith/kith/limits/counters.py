"""Storage of counts: in Redis, in Postgres, and in this process."""

from datetime import datetime, timedelta
from typing import Final, Protocol

from kith.cache import Cache
from kith.database.unit_of_work import database
from kith.limits.postgres import add_count, read_counts

_MAX_REMEMBERED: Final = 10_000


class SharedCounters(Protocol):
    """Counts that all processes share: fast, but they may be lost."""

    def add(self, key: str, *, amount: int, floor: int, lives: timedelta) -> int:
        """Raise the count of ``key`` to at least ``floor``, add ``amount``, and return the sum.

        Raises:
            CacheUnavailable: Redis cannot be reached.
        """
        ...

    def add_if_known(self, key: str, *, amount: int, floor: int, lives: timedelta) -> int | None:
        """As ``add``, but ``None`` and no change where the count does not exist.

        Raises:
            CacheUnavailable: Redis cannot be reached.
        """
        ...


class DurableCounters(Protocol):
    """Counts that are never lost, and cost a transaction each."""

    def add(self, key: str, *, amount: int, floor: int, until: datetime) -> int:
        """As ``SharedCounters.add``. Raises Unavailable."""
        ...

    def read(self, key: str) -> int:
        """The present count. Raises Unavailable."""
        ...


_ADD: Final = """
local known = redis.call('GET', KEYS[1])
if not known and ARGV[4] == 'known' then return nil end
local count = math.max(tonumber(known or '0'), tonumber(ARGV[2])) + tonumber(ARGV[1])
redis.call('SET', KEYS[1], count, 'PX', ARGV[3])
return count
"""


class RedisCounters:
    """Counts in Redis, by one script, so that check and increment are atomic."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def add(self, key: str, *, amount: int, floor: int, lives: timedelta) -> int:
        return int(self._cache.run(_ADD, [key], [amount, floor, _milliseconds(lives), "any"]))

    def add_if_known(self, key: str, *, amount: int, floor: int, lives: timedelta) -> int | None:
        arguments: list[str | int] = [amount, floor, _milliseconds(lives), "known"]
        count = self._cache.run(_ADD, [key], arguments)
        return None if count is None else int(count)


def _milliseconds(length: timedelta) -> int:
    return int(length.total_seconds() * 1000)


class PostgresCounters:
    """Counts in Postgres; each call is a transaction of its own, never inside another one."""

    def add(self, key: str, *, amount: int, floor: int, until: datetime) -> int:
        with database().writing() as work:
            return add_count(work.connection, key, amount=amount, floor=floor, until=until)

    def read(self, key: str) -> int:
        with database().reading() as connection:
            return read_counts(connection, key)


class MemoryCounters:
    """Counts of this process: the last shared ones, and increments that Redis has not got yet.

    Bounded, and lost with the process.
    """

    def __init__(self) -> None:
        self._last_shared: dict[str, tuple[int, datetime]] = {}
        self._pending: dict[str, int] = {}

    def last_shared(self, key: str) -> int:
        """The last count that the shared counters returned."""
        count, _ = self._last_shared.get(key, (0, None))
        return count

    def pending(self, key: str) -> int:
        """The sum of increments that the shared counters have not got."""
        return self._pending.get(key, 0)

    def add_pending(self, key: str, amount: int) -> None:
        self._pending[key] = self.pending(key) + amount

    def remember(self, key: str, count: int, *, until: datetime, at: datetime) -> None:
        """Store a shared count until the window has passed; nothing is pending any more."""
        if len(self._last_shared) >= _MAX_REMEMBERED:
            self._last_shared = {
                key: last for key, last in self._last_shared.items() if last[1] > at
            }
            self._pending.clear()
        self._last_shared[key] = (count, until)
        self._pending.pop(key, None)
