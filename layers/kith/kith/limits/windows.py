"""Limits, their fixed windows, and the verdict on one more hit."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``count`` in each window; ``name`` separates one limit's counters from another's."""

    name: str
    count: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state of a limit after a hit: ``resets_in`` is in whole seconds, at least one."""

    limit: Limit
    used: int
    resets_in: int

    @property
    def allowed(self) -> bool:
        return self.used <= self.limit.count

    @property
    def remaining(self) -> int:
        return max(0, self.limit.count - self.used)

    def headers(self) -> dict[str, str]:
        """``RateLimit`` and ``RateLimit-Policy`` (draft-ietf-httpapi-ratelimit-headers-10)."""
        seconds = int(self.limit.window.total_seconds())
        return {
            "RateLimit-Policy": f'"{self.limit.name}";q={self.limit.count};w={seconds}',
            "RateLimit": f'"{self.limit.name}";r={self.remaining};t={self.resets_in}',
        }


@dataclass(frozen=True, slots=True)
class RateWindow:
    """The window of a moment: its number since 1970, and the whole seconds until it ends."""

    number: int
    resets_in: int

    @classmethod
    def at(cls, moment: datetime, length: timedelta) -> "RateWindow":
        seconds = length.total_seconds()
        number = math.floor(moment.timestamp() / seconds)
        return cls(number, max(1, math.ceil((number + 1) * seconds - moment.timestamp())))

    def key(self, limit_name: str, subject: str) -> str:
        return f"limit:{limit_name}:{self.number}:{subject}"
