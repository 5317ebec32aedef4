"""Counts in a real Redis and a real Postgres."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from kith.cache import Cache
from kith.database.unit_of_work import Database
from kith.limits.counters import MemoryCounters, PostgresCounters, RedisCounters
from kith.limits.limiter import Limiter
from kith.limits.postgres import increment, purge_expired_counts, reset_count
from kith.limits.windows import Limit
from tests.databases import RolledBack

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_redis_adds_and_floors(cache: Cache) -> None:
    counters = RedisCounters(cache)

    first = counters.add("k", amount=1, floor=0, lives=MINUTE)
    second = counters.add("k", amount=2, floor=10, lives=MINUTE)

    assert (first, second) == (1, 12)


def test_redis_does_not_begin_a_count_that_must_be_known(cache: Cache) -> None:
    counters = RedisCounters(cache)

    unknown = counters.add_if_known("k", amount=1, floor=5, lives=MINUTE)
    counters.add("k", amount=1, floor=0, lives=MINUTE)
    known = counters.add_if_known("k", amount=1, floor=5, lives=MINUTE)

    assert (unknown, known) == (None, 6)


def test_postgres_adds_floors_and_reads(database: RolledBack) -> None:
    counters = PostgresCounters()

    sums = [counters.add("k", amount=1, floor=floor, until=NOON) for floor in (0, 0, 40)]

    assert sums == [1, 2, 41]
    assert counters.read("k") == 41
    assert counters.read("nothing") == 0


def test_a_hit_can_be_taken_back(database: RolledBack) -> None:
    limit = Limit("login", 1, MINUTE)
    connection = database.connection
    increment(connection, limit, "alice", NOON)
    reset_count(connection, limit, "alice", NOON)

    assert increment(connection, limit, "alice", NOON).allowed


def test_what_has_expired_is_purged(database: RolledBack) -> None:
    limit = Limit("login", 1, MINUTE)
    increment(database.connection, limit, "alice", NOON)

    assert purge_expired_counts(database.connection, NOON + timedelta(minutes=2)) == 1


def test_five_times_the_limit_at_once_passes_the_limit_although_redis_is_emptied_midway(
    cache: Cache, valkey_url: str, crowded_database: Database
) -> None:
    limit = Limit("parallel", 80, MINUTE)

    def attempts(limiter: Limiter) -> int:
        passed = 0
        for turn in range(100):
            passed += limiter.hit(limit, "alice", NOON).allowed
            if turn == 12:
                cache.run("redis.call('FLUSHALL')", [], [])
        return passed

    processes = [
        Limiter(RedisCounters(cache), PostgresCounters(), MemoryCounters()) for _ in range(4)
    ]
    with ThreadPoolExecutor(4) as crowd:
        passed = sum(crowd.map(attempts, processes))

    assert passed <= 80
