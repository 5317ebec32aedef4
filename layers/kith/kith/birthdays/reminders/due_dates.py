"""Which dates there is something to do on, and which birthdays are kept then.

Pure, for the planner. At one moment it is two or three dates around the world. On each of them the
planner looks at those time zones where it is that date, and at the birthdays so many days ahead as
anybody asks for.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from kith.birthdays.reminders.local_time import END_OF_DAY, WallClock, wall_clock
from kith.calendar import keys_on

_LOOK_BACK: Final = timedelta(days=31)
_ONE_DAY: Final = timedelta(days=1)
_WEEK: Final = 7
_DAY_COLUMNS: Final = ("birth_keys", "occurrences", "leads", "leap_days")

Columns = dict[str, list[Any]]


class ZonesAndLeads(NamedTuple):
    """What users and contacts ask for, all together; ``weekdays`` are those of weekly letters."""

    zones: frozenset[str]
    leads: frozenset[int]
    weekdays: frozenset[int]


@dataclass(frozen=True, slots=True)
class ZoneHours:
    """Due in a zone: an hour after ``after`` (from midnight when there is none), to ``covers``.

    ``reached`` is what the wall clock shows; who asks for a later hour waits for the difference,
    as long as the day lasts.
    """

    zone: str
    reached: str
    after: str | None
    covers: str
    minutes_left: int = 1


@dataclass(frozen=True, slots=True)
class DueDay:
    """One date, and the time zones in which there is something to do on it."""

    date: date
    zones: tuple[ZoneHours, ...]

    def columns(self, asked: ZonesAndLeads) -> Columns:
        """The values of a sweep: zones with their hours, birthdays with their days."""
        return {**_zone_columns(self.zones), **_day_columns(self.date, asked)}


def due_days(clocks: Sequence[WallClock], now: datetime) -> list[DueDay]:
    """The dates that it is, except where the clock says that they are over already."""
    ours = [clock for clock in clocks if not is_over(clock, now)]
    return [
        DueDay(day, tuple(_hours(clock) for clock in ours if clock.today == day))
        for day in sorted({clock.today for clock in ours})
    ]


def expired_days(clocks: Sequence[WallClock], now: datetime, seen_until: datetime) -> list[DueDay]:
    """Dates that are over, and of which no planner has seen every hour."""
    found: dict[date, list[ZoneHours]] = {}
    for clock in clocks:
        for day, after, covers in _unseen(clock, now, seen_until):
            found.setdefault(day, []).append(ZoneHours(clock.zone, covers, after, covers))
    return [DueDay(day, tuple(zones)) for day, zones in sorted(found.items())]


def is_over(clock: WallClock, now: datetime) -> bool:
    """Whether the date of a scheduled moment has passed by now."""
    return clock.today < wall_clock(clock.zone, now).today


def _unseen(
    clock: WallClock, now: datetime, seen_until: datetime
) -> Iterator[tuple[date, str | None, str]]:
    """Dates of a zone, with the hours after which and up to which nobody looked."""
    if is_over(clock, now):
        yield clock.today, None, clock.covers
    seen = wall_clock(clock.zone, seen_until)
    end = min(clock.today, wall_clock(clock.zone, now).today)
    day = max(seen.today, end - _LOOK_BACK)
    while day < end:
        after = seen.covers if day == seen.today else None
        if after != END_OF_DAY:
            yield day, after, END_OF_DAY
        day += _ONE_DAY


def _hours(clock: WallClock) -> ZoneHours:
    return ZoneHours(clock.zone, clock.reached, None, clock.covers, clock.minutes_left)


def _zone_columns(zones: Sequence[ZoneHours]) -> Columns:
    return {
        "zones": [each.zone for each in zones],
        "reached": [each.reached for each in zones],
        "after": [each.after for each in zones],
        "covers": [each.covers for each in zones],
        "minutes_left": [each.minutes_left for each in zones],
    }


def _day_columns(today: date, asked: ZonesAndLeads) -> Columns:
    leads = asked.leads | _week_ahead(today, asked.weekdays)
    rows = [row for lead in sorted(leads) for row in _kept_on(today + lead * _ONE_DAY, lead)]
    columns = zip(*rows, strict=True) if rows else [()] * len(_DAY_COLUMNS)
    return {name: list(column) for name, column in zip(_DAY_COLUMNS, columns, strict=True)}


def _week_ahead(day: date, weekdays: Collection[int]) -> frozenset[int]:
    """Who wants one letter a week gets it on their weekday, with the seven days from then on."""
    return frozenset(range(_WEEK)) if day.isoweekday() in weekdays else frozenset()


def _kept_on(day: date, lead: int) -> Iterator[tuple[int, date, int, str | None]]:
    """Birthdays that are kept on a day: everybody's, and those only of users who chose so."""
    own, *_ = keys_on(day, "feb28")
    yield own, day, lead, None
    for leap_day in ("feb28", "mar1"):
        for moved in keys_on(day, leap_day)[1:]:
            yield moved, day, lead, leap_day
