"""Rate limiter with fixed windows, counted in Redis in one round trip, that survives Redis.

Redis may vanish at any moment, and a limit must hold all the same. So a growing count is reserved
in Postgres *before* it is reached, a few times per window: a process that finds Redis empty or away
continues from there, perhaps a little too strictly, never too generously. While Redis is away,
Postgres counts. While both are away, each process counts for itself.

Windows follow ``kith.clock``.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache as once

from kith.cache import CacheUnavailable, cache
from kith.errors import Unavailable
from kith.limits.counters import (
    DurableCounters,
    MemoryCounters,
    PostgresCounters,
    RedisCounters,
    SharedCounters,
)
from kith.limits.windows import Limit, RateWindow, Verdict


@dataclass(frozen=True, slots=True)
class _Hit:
    """One increment of a count."""

    limit: Limit
    key: str
    amount: int
    at: datetime

    @property
    def until(self) -> datetime:
        return self.at + self.limit.window

    def reservation(self, count: int) -> int | None:
        """The count to reserve in Postgres now, or ``None``.

        With a limit of 120: 35 is reserved at 5, 50 at 20, and so on; one step of 15 is for those
        who count while we write.
        """
        step = max(1, self.limit.count // 8)
        first = max(1, step // 3)
        before, now = (count - self.amount - first) // step, (count - first) // step
        if now == before or count > self.limit.count:
            return None
        return first + (now + 2) * step


class Limiter:
    """Counts hits in three places, of which one is always there."""

    def __init__(
        self, shared: SharedCounters, durable: DurableCounters, memory: MemoryCounters
    ) -> None:
        self._shared = shared
        self._durable = durable
        self._memory = memory
        self._started_at: datetime | None = None
        self._unavailable_at: datetime | None = None

    def hit(self, limit: Limit, subject: str, at: datetime, *, amount: int = 1) -> Verdict:
        """Count ``amount`` more for ``subject``: is that still within the limit?"""
        self._started_at = self._started_at or at
        window = RateWindow.at(at, limit.window)
        hit = _Hit(limit, window.key(limit.name, subject), amount, at)
        return Verdict(limit, self._count(hit), window.resets_in)

    def _count(self, hit: _Hit) -> int:
        try:
            count = self._count_in_redis(hit)
        except CacheUnavailable:
            self._unavailable_at = hit.at
            return self._count_in_postgres(hit)
        self._memory.remember(hit.key, count, until=hit.until, at=hit.at)
        self._reserve(hit, count)
        return count

    def _count_in_redis(self, hit: _Hit) -> int:
        """Where Redis may have lost the count, Postgres is asked before Redis starts again."""
        key, amount, lives = hit.key, hit.amount, hit.limit.window
        last, pending = self._memory.last_shared(key), self._memory.pending(key)
        if not (last or pending or self._may_be_lost(hit)):
            return self._shared.add(key, amount=amount, floor=0, lives=lives)
        count = self._shared.add_if_known(key, amount=amount + pending, floor=last, lives=lives)
        if count is not None:
            return count
        floor = max(last + pending, self._reserved(hit))
        return self._shared.add(key, amount=amount, floor=floor, lives=lives)

    def _may_be_lost(self, hit: _Hit) -> bool:
        """Whether this process started, or missed Redis, less than a window ago."""
        since = hit.at - hit.limit.window
        return any(at and at >= since for at in (self._started_at, self._unavailable_at))

    def _reserved(self, hit: _Hit) -> int:
        try:
            return self._durable.read(hit.key)
        except Unavailable:
            return 0

    def _count_in_postgres(self, hit: _Hit) -> int:
        """The increment stays pending for Redis."""
        last, pending = self._memory.last_shared(hit.key), self._memory.pending(hit.key)
        self._memory.add_pending(hit.key, hit.amount)
        try:
            return self._durable.add(hit.key, amount=hit.amount, floor=last, until=hit.until)
        except Unavailable:
            return last + pending + hit.amount

    def _reserve(self, hit: _Hit, count: int) -> None:
        reservation = hit.reservation(count)
        if reservation is None:
            return
        try:
            self._durable.add(hit.key, amount=0, floor=reservation, until=hit.until)
        except Unavailable:
            return  # then the count is in Redis alone, which is there


@once
def limiter() -> Limiter:
    """This process's limiter."""
    return Limiter(RedisCounters(cache()), PostgresCounters(), MemoryCounters())
