"""Wakes the functions that the template puts on a schedule, by the clock that the functions follow.

A jump of that clock wakes each function once, for the latest tick that was missed: thousands of
ticks in a row would tell nobody anything.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from infra.local.clock import Clock, rfc3339
from infra.local.configuration import StartupError
from infra.local.stack.model import Schedule
from infra.local.triggers import schedule_expression

LOOK_EVERY_S = 0.5
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"

Wake = Callable[[str, bytes], Awaitable[None]]


@dataclass
class _Watched:
    given: Schedule
    expression: schedule_expression.Rate | schedule_expression.Cron
    seen: datetime


class Scheduler:
    """`wake(function, event)` is called for each tick; it shall not raise and not take long."""

    def __init__(self, schedules: Iterable[Schedule], clock: Clock, wake: Wake) -> None:
        self._clock = clock
        self._wake = wake
        started = clock.now()
        self._watched = [_watched(given, started) for given in schedules if given.enabled]

    async def run(self) -> None:
        """Until it is cancelled."""
        while self._watched:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Wake whatever is due since the last look."""
        now = self._clock.now()
        for watched in self._watched:
            tick = watched.expression.latest(watched.seen, now)
            watched.seen = now
            if tick:
                event = (watched.given.input or "{}").replace(SCHEDULED_TIME, seconds(tick))
                await self._wake(watched.given.function, event.encode())


def seconds(tick: datetime) -> str:
    """As EventBridge Scheduler writes a scheduled time: to the second."""
    return rfc3339(tick).replace(".000Z", "Z")


def _watched(given: Schedule, started: datetime) -> _Watched:
    if given.time_zone != "UTC":
        raise StartupError(f"{given.logical_id}: the local cloud knows schedules in UTC only")
    return _Watched(given, schedule_expression.parse(given.expression), started)
