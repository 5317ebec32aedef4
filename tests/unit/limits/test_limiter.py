"""The limiter, with counters that a test can take away."""

from datetime import UTC, datetime, timedelta

import pytest

from kith.cache import CacheUnavailable
from kith.errors import Unavailable
from kith.limits.counters import MemoryCounters
from kith.limits.limiter import Limiter
from kith.limits.windows import Limit, RateWindow, Verdict

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Forgetful:
    """Shared counters that can be away, and come back empty."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.away = False
        self.trips = 0

    def add(self, key: str, *, amount: int, floor: int, lives: timedelta) -> int:
        if self.away:
            raise CacheUnavailable
        self.trips += 1
        self.counts[key] = max(self.counts.get(key, 0), floor) + amount
        return self.counts[key]

    def add_if_known(self, key: str, *, amount: int, floor: int, lives: timedelta) -> int | None:
        if key in self.counts or self.away:
            return self.add(key, amount=amount, floor=floor, lives=lives)
        self.trips += 1
        return None


class Lasting:
    """Durable counters that can be away, but forget nothing."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.away = False
        self.asked = 0

    def add(self, key: str, *, amount: int, floor: int, until: datetime) -> int:
        self._ask()
        self.counts[key] = max(self.counts.get(key, 0), floor) + amount
        return self.counts[key]

    def read(self, key: str) -> int:
        self._ask()
        return self.counts.get(key, 0)

    def _ask(self) -> None:
        self.asked += 1
        if self.away:
            raise Unavailable


class Stack:
    """Some processes over one Redis and one Postgres."""

    def __init__(self, processes: int = 1) -> None:
        self.redis, self.postgres = Forgetful(), Lasting()
        self.processes = [self.new_process() for _ in range(processes)]

    def new_process(self) -> Limiter:
        return Limiter(self.redis, self.postgres, MemoryCounters())

    def passed(self, limit: Limit, attempts: int, at: datetime = NOON) -> int:
        """How many of so many attempts pass, the processes taking turns."""
        return sum(
            self.processes[turn % len(self.processes)].hit(limit, "alice", at).allowed
            for turn in range(attempts)
        )


@pytest.mark.parametrize("count", [1, 2, 5, 10, 120, 500])
def test_exactly_the_limit_passes(count: int) -> None:
    assert Stack().passed(Limit("contacts", count, MINUTE), count * 5) == count


@pytest.mark.parametrize("count", [1, 2, 5, 10, 120])
@pytest.mark.parametrize("before", [1, 7, 10, 11, 60, 119, 120, 121])
def test_a_redis_that_lost_everything_lets_nobody_begin_again(count: int, before: int) -> None:
    stack, limit = Stack(processes=3), Limit("contacts", count, MINUTE)

    passed = stack.passed(limit, before)
    stack.redis.counts.clear()
    passed += stack.passed(limit, count * 5)

    assert passed <= count


@pytest.mark.parametrize("before", [1, 10, 60, 119])
def test_a_redis_that_is_away_for_a_while_and_comes_back_empty_holds_the_limit(
    before: int,
) -> None:
    stack, limit = Stack(processes=3), Limit("contacts", 120, MINUTE)

    passed = stack.passed(limit, before)
    stack.redis.away = True
    passed += stack.passed(limit, 30)
    stack.redis.away = False
    stack.redis.counts.clear()
    passed += stack.passed(limit, 600)

    assert passed <= 120


def test_a_new_process_learns_from_postgres_what_redis_forgot() -> None:
    stack, limit = Stack(), Limit("contacts", 120, MINUTE)
    stack.passed(limit, 100)

    stack.redis.counts.clear()
    verdict = stack.new_process().hit(limit, "alice", NOON)

    assert not verdict.allowed


def test_a_redis_that_was_frozen_does_not_come_back_with_less_than_postgres_counted() -> None:
    stack, limit = Stack(processes=2), Limit("contacts", 10, MINUTE)
    stack.passed(limit, 2)
    stack.redis.away = True
    stack.processes[1].hit(limit, "alice", NOON, amount=8)

    stack.redis.away = False
    verdicts = [each.hit(limit, "alice", NOON) for each in reversed(stack.processes)]

    assert not any(each.allowed for each in verdicts)


def test_with_everything_away_the_process_counts_for_itself() -> None:
    stack = Stack()
    stack.redis.away = stack.postgres.away = True

    assert stack.passed(Limit("contacts", 5, MINUTE), 25) == 5


def test_with_postgres_away_redis_alone_holds_the_limit() -> None:
    stack = Stack(processes=2)
    stack.postgres.away = True

    assert stack.passed(Limit("contacts", 120, MINUTE), 600) == 120


def test_an_ordinary_request_costs_one_trip_to_redis_and_none_to_postgres() -> None:
    stack, limit = Stack(), Limit("contacts", 120, MINUTE)
    stack.passed(limit, 1, NOON - timedelta(hours=1))  # the process is no longer young
    stack.redis.trips = stack.postgres.asked = 0

    stack.passed(limit, 4)

    assert (stack.redis.trips, stack.postgres.asked) == (4, 0)


def test_the_next_window_begins_with_nothing() -> None:
    stack, limit = Stack(), Limit("contacts", 3, MINUTE)
    stack.passed(limit, 10)

    assert stack.passed(limit, 10, NOON + MINUTE) == 3


def test_one_users_requests_are_not_counted_for_another() -> None:
    stack, limit = Stack(), Limit("contacts", 1, MINUTE)
    process = stack.processes[0]
    process.hit(limit, "alice", NOON)

    assert process.hit(limit, "bob", NOON).allowed


def test_old_windows_are_forgotten_by_the_process() -> None:
    memory = MemoryCounters()
    for number in range(10_000):
        memory.remember(f"old:{number}", 1, until=NOON, at=NOON)

    memory.remember("new", 1, until=NOON + MINUTE, at=NOON + timedelta(seconds=1))

    assert memory.last_shared("old:1") == 0
    assert memory.last_shared("new") == 1


def test_a_verdict_speaks_in_headers() -> None:
    verdict = Verdict(Limit("contacts", 120, MINUTE), 7, 31)

    assert verdict.headers() == {
        "RateLimit-Policy": '"contacts";q=120;w=60',
        "RateLimit": '"contacts";r=113;t=31',
    }


def test_a_window_tells_when_it_ends() -> None:
    window = RateWindow.at(NOON + timedelta(seconds=18, milliseconds=1), MINUTE)

    assert window.resets_in == 42
    assert window.key("contacts", "alice") == f"limit:contacts:{window.number}:alice"
