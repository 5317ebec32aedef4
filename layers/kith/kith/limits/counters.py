"""Where counts are kept: in Redis, in Postgres, and in this process."""

from datetime import datetime, timedelta
from typing import Final, Protocol

from kith.cache import Cache
from kith.database.unit_of_work import database
from kith.limits.postgres import add_count, read_counts

_MOST_REMEMBERED: Final = 10_000


class SharedCounters(Protocol):
    """Counts that all processes share, quick and forgetful."""

    def add(self, key: str, *, amount: int, floor: int, lives: timedelta) -> int:
        """Raise the count of ``key`` to at least ``floor``, add ``amount``, and tell the sum.

        Raises:
            CacheAway: there is no answer.
        """
        ...

    def add_if_known(self, key: str, *, amount: int, floor: int, lives: timedelta) -> int | None:
        """As ``add``, but a count that nobody has begun is left alone, and ``None``.

        Raises:
            CacheAway: there is no answer.
        """
        ...


class DurableCounters(Protocol):
    """Counts that outlive everything, and cost a transaction."""

    def add(self, key: str, *, amount: int, floor: int, until: datetime) -> int:
        """As the shared ones do. Raises Unavailable."""
        ...

    def read(self, key: str) -> int:
        """The count as it stands. Raises Unavailable."""
        ...


_ADD: Final = """
local known = redis.call('GET', KEYS[1])
if not known and ARGV[4] == 'known' then return nil end
local count = math.max(tonumber(known or '0'), tonumber(ARGV[2])) + tonumber(ARGV[1])
redis.call('SET', KEYS[1], count, 'PX', ARGV[3])
return count
"""


class RedisCounters:
    """Counted by one script, so that the check and the count are one step."""

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
    """Each call is a transaction of its own: not to be used inside another one."""

    def add(self, key: str, *, amount: int, floor: int, until: datetime) -> int:
        with database().writing() as work:
            return add_count(work.connection, key, amount=amount, floor=floor, until=until)

    def read(self, key: str) -> int:
        with database().reading() as connection:
            return read_counts(connection, key)


class MemoryCounters:
    """What this process has seen, and what it still owes to the shared counters.

    Bounded, and only as good as the process is long-lived.
    """

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, datetime]] = {}
        self._owed: dict[str, int] = {}

    def seen(self, key: str) -> int:
        """What the shared counters said last."""
        kept = self._seen.get(key)
        return kept[0] if kept else 0

    def owed(self, key: str) -> int:
        """What was counted elsewhere since."""
        return self._owed.get(key, 0)

    def owe(self, key: str, amount: int) -> None:
        self._owed[key] = self.owed(key) + amount

    def keep(self, key: str, count: int, *, until: datetime, at: datetime) -> None:
        """Remember what the shared counters say, until the window has passed; nothing is owed."""
        if len(self._seen) >= _MOST_REMEMBERED:
            self._seen = {each: kept for each, kept in self._seen.items() if kept[1] > at}
            self._owed.clear()
        self._seen[key] = (count, until)
        self._owed.pop(key, None)
