"""Fixed windows, counted atomically in Redis, and in this process when Redis is away.

The check and the count are one step, so that no burst slips between them. Windows follow
``kith.clock``. When Redis was lost and came back empty, each process tells it what it last saw, so
that a count is rebuilt rather than forgotten.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache as once
from typing import Protocol

from kith.cache import Cache, CacheAway, cache


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``count`` in each window; ``name`` separates one limit's counters from another's."""

    name: str
    count: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a limit says to one more: ``resets_in`` is in whole seconds, at least one."""

    limit: Limit
    used: int
    resets_in: int

    @property
    def allowed(self) -> bool:
        return self.used <= self.limit.count

    @property
    def remaining(self) -> int:
        return max(0, self.limit.count - self.used)

    def headers(self) -> dict[str, str]:
        """``RateLimit`` and ``RateLimit-Policy`` (draft-ietf-httpapi-ratelimit-headers-10)."""
        seconds = int(self.limit.window.total_seconds())
        return {
            "RateLimit-Policy": f'"{self.limit.name}";q={self.limit.count};w={seconds}',
            "RateLimit": f'"{self.limit.name}";r={self.remaining};t={self.resets_in}',
        }


@dataclass(frozen=True, slots=True)
class Window:
    """The window that a moment falls into."""

    number: int
    resets_in: int

    @classmethod
    def at(cls, moment: datetime, length: timedelta) -> "Window":
        seconds = length.total_seconds()
        number = math.floor(moment.timestamp() / seconds)
        return cls(number, max(1, math.ceil((number + 1) * seconds - moment.timestamp())))

    def key(self, limit_name: str, subject: str) -> str:
        return f"limit:{limit_name}:{self.number}:{subject}"


class Counters(Protocol):
    """Where counts are kept: in Redis, in Postgres, or in memory."""

    def add(self, key: str, *, amount: int, floor: int, lives: timedelta) -> int:
        """Raise the count of ``key`` to at least ``floor``, add ``amount``, and tell the sum."""
        ...


class MemoryCounters:
    """Counts of this process only."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def add(self, key: str, *, amount: int, floor: int, lives: timedelta) -> int:
        del lives
        count = max(self._counts.get(key, 0), floor) + amount
        self._counts[key] = count
        return count


_ADD = """
local floor = tonumber(ARGV[2])
local count = tonumber(redis.call('GET', KEYS[1]) or '0')
if count < floor then count = floor end
count = count + tonumber(ARGV[1])
redis.call('SET', KEYS[1], count, 'PX', ARGV[3])
return count
"""


class RedisCounters:
    """Counts that all processes share. Raises CacheAway when Redis is."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def add(self, key: str, *, amount: int, floor: int, lives: timedelta) -> int:
        milliseconds = int(lives.total_seconds() * 1000)
        return int(self._cache.run(_ADD, [key], [amount, floor, milliseconds]))


class Limiter:
    """Counts in the shared counters, and in its own while those are away."""

    def __init__(self, shared: Counters, own: Counters) -> None:
        self._shared = shared
        self._own = own

    def hit(self, limit: Limit, subject: str, at: datetime, *, amount: int = 1) -> Verdict:
        """Count one more for ``subject`` and say whether it is still within the limit."""
        window = Window.at(at, limit.window)
        key = window.key(limit.name, subject)
        return Verdict(limit, self._count(key, amount, limit.window), window.resets_in)

    def _count(self, key: str, amount: int, lives: timedelta) -> int:
        seen = self._own.add(key, amount=0, floor=0, lives=lives)
        try:
            count = self._shared.add(key, amount=amount, floor=seen, lives=lives)
        except CacheAway:
            return self._own.add(key, amount=amount, floor=0, lives=lives)
        self._own.add(key, amount=0, floor=count, lives=lives)
        return count


@once
def limiter() -> Limiter:
    """This process's limiter."""
    return Limiter(RedisCounters(cache()), MemoryCounters())
