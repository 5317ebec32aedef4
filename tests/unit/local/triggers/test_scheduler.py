"""The scheduler follows the functions' clock, wherever that is moved."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from infra.local.clock import Clock
from infra.local.configuration import StartupError
from infra.local.stack.model import Schedule
from infra.local.triggers.scheduler import Scheduler

QUARTERS = Schedule(
    logical_id="Quarters",
    function="RemindersFunction",
    expression="cron(0/15 * * * ? *)",
    time_zone="UTC",
    input='{"time":"<aws.scheduler.scheduled-time>"}',
    enabled=True,
    retries=0,
    dead_letter_queue=None,
)


class Moment(Clock):
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        object.__setattr__(self, "at", datetime(2027, 5, 15, 9, 1, tzinfo=UTC))

    def now(self) -> datetime:
        at: datetime = self.__dict__["at"]
        return at

    def jump(self, by: timedelta) -> None:
        object.__setattr__(self, "at", self.now() + by)


class Woken(list[tuple[str, bytes]]):
    async def __call__(self, function: str, event: bytes) -> None:
        self.append((function, event))


async def look_after(*jumps: timedelta, given: Schedule = QUARTERS) -> Woken:
    clock, woken = Moment(), Woken()
    scheduler = Scheduler([given], clock, woken)
    for jump in jumps:
        clock.jump(jump)
        await scheduler.look()
    return woken


def run(*jumps: timedelta, given: Schedule = QUARTERS) -> list[bytes]:
    return [event for _, event in asyncio.run(look_after(*jumps, given=given))]


def test_a_tick_wakes_its_function_with_the_scheduled_time() -> None:
    assert run(timedelta(minutes=14, seconds=3)) == [b'{"time":"2027-05-15T09:15:00Z"}']


def test_a_tick_comes_once() -> None:
    assert len(run(timedelta(minutes=14), timedelta(seconds=1), timedelta(seconds=1))) == 1


def test_a_jump_over_years_is_one_tick_the_latest() -> None:
    assert run(timedelta(days=1000, minutes=30)) == [b'{"time":"2030-02-08T09:30:00Z"}']


def test_a_jump_back_wakes_nobody_and_the_ticks_go_on_from_there() -> None:
    events = run(timedelta(days=-1), timedelta(minutes=14))

    assert events == [b'{"time":"2027-05-14T09:15:00Z"}']


def test_a_schedule_that_is_off_wakes_nobody() -> None:
    assert run(timedelta(hours=1), given=replace(QUARTERS, enabled=False)) == []


def test_a_schedule_in_another_zone_is_refused() -> None:
    with pytest.raises(StartupError, match="UTC"):
        run(given=replace(QUARTERS, time_zone="Europe/Kyiv"))
