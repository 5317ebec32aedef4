"""The pace of reminders, by a clock that stands still unless it is moved."""

import pytest

from kith import settings as environment
from kith.mail.pacing import Pace, reminders_pace


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_letters_leave_one_interval_apart(clock: Clock) -> None:
    pace = Pace(0.5, clock)

    assert [pace.reserve() for _ in range(4)] == [0.0, 0.5, 1.0, 1.5]


def test_time_that_was_not_used_is_not_saved_up(clock: Clock) -> None:
    pace = Pace(0.5, clock)
    pace.reserve()
    clock.now += 60

    assert [pace.reserve(), pace.reserve()] == [0.0, 0.5]


def test_what_waits_is_known_before_it_is_reserved(clock: Clock) -> None:
    pace = Pace(0.5, clock)
    pace.reserve()
    clock.now += 0.2

    assert pace.waiting_seconds() == pytest.approx(0.3)
    assert pace.reserve() == pytest.approx(0.3)


def test_throttling_doubles_the_interval_up_to_a_bound(clock: Clock) -> None:
    pace = Pace(0.5, clock)

    intervals = []
    for _ in range(4):
        pace.record(throttled=True)
        intervals.append(pace.interval)

    assert intervals == [1.0, 2.0, 2.0, 2.0]


def test_accepted_letters_bring_the_rate_back_and_no_further(clock: Clock) -> None:
    pace = Pace(0.5, clock)
    pace.record(throttled=True)

    for _ in range(20):
        pace.record(throttled=False)

    assert pace.interval == 0.5


def test_each_worker_keeps_its_part_of_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITH_REMINDERS_PER_SECOND", "20")
    monkeypatch.setenv("KITH_REMINDERS_WORKERS", "4")
    environment.settings.cache_clear()

    assert reminders_pace.make().interval == pytest.approx(0.2)
