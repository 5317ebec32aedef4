"""Pacing of reminders: a share of SES's rate, less of it while SES throttles.

Each worker keeps its own part of the rate, so that nothing has to be shared between workers: after
a throttled letter it doubles its interval, after each accepted one it takes a tenth of that back
(additive increase, multiplicative decrease). Letters of accounts are not paced.
"""

import time
from collections.abc import Callable
from typing import Final

from kith.settings import settings
from kith.singleton import singleton

_LONGEST_SECONDS: Final = 2.0
_RECOVERY: Final = 0.9


class Pace:
    """A minimal interval between letters. Times are seconds of a monotonic clock."""

    def __init__(self, interval: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._base = interval
        self._clock = clock
        self._next = 0.0
        self.interval = interval

    def reserve(self) -> float:
        """Take the next place; returns how many seconds to wait for it."""
        now = self._clock()
        place = max(now, self._next)
        self._next = place + self.interval
        return place - now

    def waiting_seconds(self) -> float:
        """How long ``reserve`` would ask to wait."""
        return max(0.0, self._next - self._clock())

    def record(self, *, throttled: bool) -> None:
        """Adapt to SES's answer."""
        if throttled:
            doubled = max(self.interval, 1e-3) * 2
            self.interval = min(doubled, max(_LONGEST_SECONDS, self._base))
        else:
            self.interval = max(self._base, self.interval * _RECOVERY)


@singleton
def reminders_pace() -> Pace:
    """This worker's part of the rate of all reminders."""
    return Pace(settings().reminders_workers / settings().reminders_per_second)
