"""One deadline for every wait of a request."""

import threading

import pytest

from kith.deadline import (
    Deadline,
    DeadlineExceeded,
    call_in_time,
    extend_deadline,
    has_time,
    running_until,
    time_left,
)


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_without_a_deadline_everybody_waits_as_long_as_they_like() -> None:
    assert time_left(5) == 5
    assert has_time(5)


def test_each_wait_takes_what_is_left(clock: Clock) -> None:
    with running_until(Deadline(5, clock)):
        assert time_left(2) == 2
        clock.seconds += 4
        assert time_left(2) == 1
        assert has_time(1)
        assert not has_time(2)


def test_when_nothing_is_left_nothing_is_begun(clock: Clock) -> None:
    with running_until(Deadline(5, clock)):
        clock.seconds += 5
        with pytest.raises(DeadlineExceeded) as exceeded:
            time_left(2)

    assert exceeded.value.retry_after == 1
    assert time_left(2) == 2, "the next request has its own"


def test_a_request_may_be_given_more_time_and_never_less(clock: Clock) -> None:
    with running_until(Deadline(5, clock)):
        clock.seconds += 4
        extend_deadline(12)
        extend_deadline(3)
        assert time_left(100) == 8


def test_a_call_that_fits_runs_where_it_is(clock: Clock) -> None:
    with running_until(Deadline(5, clock)):
        assert call_in_time(threading.get_ident, 3) == threading.get_ident()


def test_a_call_that_might_not_fit_is_given_up_in_time(clock: Clock) -> None:
    released = threading.Event()
    with running_until(Deadline(5, clock)):
        clock.seconds += 4.99
        with pytest.raises(TimeoutError):
            call_in_time(released.wait, 3)
    released.set()


def test_what_such_a_call_returns_or_raises_comes_back(clock: Clock) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with running_until(Deadline(600, clock)):
        assert call_in_time(lambda: 7, 900) == 7
        assert call_in_time(lambda: time_left(900), 900) == 600, "it has the same deadline"
        with pytest.raises(ZeroDivisionError):
            call_in_time(fail, 900)
