from infra.local.gateway.app import TokenBucket
from infra.local.stack.model import Throttle


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_let_through_and_no_more() -> None:
    bucket = TokenBucket(Throttle(10.0, 3), Clock())

    assert [bucket.take() for _ in range(5)] == [True, True, True, False, False]


def test_the_bucket_fills_at_its_rate() -> None:
    clock = Clock()
    bucket = TokenBucket(Throttle(10.0, 3), clock)
    while bucket.take():
        pass

    clock.now += 0.2

    assert [bucket.take() for _ in range(3)] == [True, True, False]


def test_the_bucket_never_holds_more_than_the_burst() -> None:
    clock = Clock()
    bucket = TokenBucket(Throttle(10.0, 3), clock)

    clock.now += 3600

    assert sum(bucket.take() for _ in range(10)) == 3
