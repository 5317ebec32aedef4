"""Fixed windows, counted in Redis in one trip, and never forgotten when Redis is.

Redis may vanish at any moment, and a limit must hold all the same. So every count that grows large
is announced in Postgres *before* it is reached, a few times per window: whoever finds Redis empty
or away goes on from there, perhaps a little too strictly, never too kindly. While Redis is away,
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
    """One more of something, on its way through the counters."""

    limit: Limit
    key: str
    amount: int
    at: datetime

    @property
    def until(self) -> datetime:
        return self.at + self.limit.window

    def announced(self, count: int) -> int | None:
        """What to announce in Postgres at this count: the next few, or nothing.

        With a limit of 120: at 5 that it may be 35 by now, at 20 that it may be 50, and so on; one
        step of 15 is for those who count while we write.
        """
        step = max(1, self.limit.count // 8)
        first = max(1, step // 3)
        before, now = (count - self.amount - first) // step, (count - first) // step
        if now == before or count > self.limit.count:
            return None
        return first + (now + 2) * step


class Limiter:
    """Counts that all processes share, kept in three places of which one is always there."""

    def __init__(
        self, shared: SharedCounters, durable: DurableCounters, own: MemoryCounters
    ) -> None:
        self._shared = shared
        self._durable = durable
        self._own = own
        self._began: datetime | None = None
        self._away_at: datetime | None = None

    def hit(self, limit: Limit, subject: str, at: datetime, *, amount: int = 1) -> Verdict:
        """Count one more for ``subject`` and say whether it is still within the limit."""
        self._began = self._began or at
        window = RateWindow.at(at, limit.window)
        hit = _Hit(limit, window.key(limit.name, subject), amount, at)
        return Verdict(limit, self._count(hit), window.resets_in)

    def _count(self, hit: _Hit) -> int:
        try:
            count = self._counted_by_all(hit)
        except CacheUnavailable:
            self._away_at = hit.at
            return self._counted_durably(hit)
        self._own.keep(hit.key, count, until=hit.until, at=hit.at)
        self._announce(hit, count)
        return count

    def _counted_by_all(self, hit: _Hit) -> int:
        """Where Redis may have forgotten, Postgres is asked before Redis begins anew."""
        seen, owed, lives = self._own.seen(hit.key), self._own.owed(hit.key), hit.limit.window
        if not (seen or owed or self._is_young(hit) or self._was_away_lately(hit)):
            return self._shared.add(hit.key, amount=hit.amount, floor=0, lives=lives)
        count = self._shared.add_if_known(
            hit.key, amount=hit.amount + owed, floor=seen, lives=lives
        )
        if count is not None:
            return count
        floor = max(seen + owed, self._announced(hit))
        return self._shared.add(hit.key, amount=hit.amount, floor=floor, lives=lives)

    def _was_away_lately(self, hit: _Hit) -> bool:
        return self._away_at is not None and self._away_at >= hit.at - hit.limit.window

    def _is_young(self, hit: _Hit) -> bool:
        """Whether others may have counted in this window before this process began."""
        return self._began is not None and self._began >= hit.at - hit.limit.window

    def _announced(self, hit: _Hit) -> int:
        try:
            return self._durable.read(hit.key)
        except Unavailable:
            return 0

    def _counted_durably(self, hit: _Hit) -> int:
        """Counted in Postgres for now; Redis is told of it when it answers again."""
        seen, owed = self._own.seen(hit.key), self._own.owed(hit.key)
        self._own.owe(hit.key, hit.amount)
        try:
            return self._durable.add(hit.key, amount=hit.amount, floor=seen, until=hit.until)
        except Unavailable:
            return seen + owed + hit.amount

    def _announce(self, hit: _Hit, count: int) -> None:
        announced = hit.announced(count)
        if announced is None:
            return
        try:
            self._durable.add(hit.key, amount=0, floor=announced, until=hit.until)
        except Unavailable:
            return  # then Redis alone knows; it is the one of the two that is there


@once
def limiter() -> Limiter:
    """This process's limiter."""
    return Limiter(RedisCounters(cache()), PostgresCounters(), MemoryCounters())
