"""Which local hours a tick is responsible for, and which birthdays are observed on which days.

Pure, for the planner. At one moment it is two or three dates around the world; in each zone a tick
is responsible for the hours that were reached since the tick before.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from kith.birthdays.reminders.local_time import (
    END_OF_DAY,
    START_OF_DAY,
    TICK,
    WallClock,
    midnight_before,
    minute_after,
    wall_clock,
)
from kith.calendar import keys_on

_LOOK_BACK: Final = timedelta(days=31)
_ONE_DAY: Final = timedelta(days=1)
_LONGEST_LEAD: Final = 365
_LEAP_DAYS: Final = ("feb28", "mar1")
# A tick that is older than the planner's state by less is out of order; by more, it was asked for.
_OUT_OF_ORDER: Final = timedelta(hours=2)


class LocalHours(NamedTuple):
    """Hours of one date in one zone, ``first`` and ``covers`` included.

    Attributes:
        reached: what the wall clock shows; a user of a later hour waits for the difference.
        minutes_left: how many minutes that date has left to wait.
        day_before, ends: moments at which the day before begins, and at which this date ends.
    """

    zone: str
    day: date
    first: str
    covers: str
    reached: str
    minutes_left: int
    day_before: datetime
    ends: datetime


class ObservedDay(NamedTuple):
    """A birth key that is observed ``lead`` days after ``today``.

    Attributes:
        leap_day: only for users of that rule; ``None``: for all.
        other: the other day on which this birthday of 29 February can be observed that year.
        late: only where the rule of the user was changed so that its day had passed already.
    """

    today: date
    birth_key: int
    occurrence: date
    lead: int
    leap_day: str | None = None
    other: date | None = None
    late: bool = False


def window_start(at: datetime, planned_until: datetime | None) -> datetime | None:
    """The moment after which a tick is responsible; ``None``: from the beginning of the local day.

    A repeated tick, or one that comes out of order, does its own quarter of an hour again. One that
    is much older than the planner's state does the whole day until then: somebody asked for it.
    """
    if planned_until is None or planned_until - at > _OUT_OF_ORDER:
        return None
    return planned_until if planned_until < at else at - TICK


def hours_reached(
    clocks: Iterable[WallClock], now: datetime, since: datetime | None
) -> list[LocalHours]:
    """The hours of today, per zone, that were reached after ``since``."""
    return [
        _hours(clock, clock.today, first, clock.covers)
        for clock in clocks
        if not is_over(clock, now) and (first := _first_unplanned(clock, since)) <= clock.covers
    ]


def hours_of_today(clocks: Iterable[WallClock], now: datetime) -> list[LocalHours]:
    """All hours of today, per zone, that were reached, except where that date is over by now."""
    return hours_reached(clocks, now, None)


def hours_missed(
    clocks: Iterable[WallClock], now: datetime, since: datetime | None
) -> list[LocalHours]:
    """The hours of dates that are over, per zone, which no tick has planned."""
    return [hours for clock in clocks for hours in _missed(clock, now, since)]


def is_over(clock: WallClock, now: datetime) -> bool:
    """Whether the date of a scheduled moment has passed by now."""
    return clock.today < wall_clock(clock.zone, now).today


def observed_days(dates: Iterable[date]) -> list[ObservedDay]:
    """Everything that is observed in the year from each of some dates on."""
    return [row for day in dates for row in _observed_from(day)]


@lru_cache(maxsize=8)
def _observed_from(today: date) -> tuple[ObservedDay, ...]:
    leads = range(_LONGEST_LEAD + 1)
    return tuple(row for lead in leads for row in _observed(today, today + lead * _ONE_DAY, lead))


def _first_unplanned(clock: WallClock, since: datetime | None) -> str:
    if since is None:
        return START_OF_DAY
    seen = wall_clock(clock.zone, since)
    return minute_after(seen.covers) if seen.today == clock.today else START_OF_DAY


def _missed(clock: WallClock, now: datetime, since: datetime | None) -> Iterator[LocalHours]:
    if is_over(clock, now):
        yield _hours(clock, clock.today, START_OF_DAY, clock.covers)
    if since is None:
        return
    seen = wall_clock(clock.zone, since)
    end = min(clock.today, wall_clock(clock.zone, now).today)
    day = max(seen.today, end - _LOOK_BACK)
    while day < end:
        first = minute_after(seen.covers) if day == seen.today else START_OF_DAY
        if first <= END_OF_DAY:
            yield _hours(clock, day, first, END_OF_DAY)
        day += _ONE_DAY


def _hours(clock: WallClock, day: date, first: str, covers: str) -> LocalHours:
    return LocalHours(
        zone=clock.zone,
        day=day,
        first=first,
        covers=covers,
        reached=clock.reached,
        minutes_left=clock.minutes_left,
        day_before=midnight_before(clock.zone, day - _ONE_DAY),
        ends=midnight_before(clock.zone, day + _ONE_DAY),
    )


def _observed(today: date, day: date, lead: int) -> Iterator[ObservedDay]:
    own, *_ = keys_on(day, "feb28")
    yield ObservedDay(today, own, day, lead)
    for leap_day, other in zip(_LEAP_DAYS, (_ONE_DAY, -_ONE_DAY), strict=True):
        for moved in keys_on(day, leap_day)[1:]:
            yield ObservedDay(today, moved, day, lead, leap_day, day + other)
            if leap_day == "mar1":
                yield ObservedDay(today, moved, day, lead, "feb28", day + other, late=True)


def columns_of(rows: Sequence[NamedTuple], names: Sequence[str]) -> dict[str, list[object]]:
    """Rows as one list for each field: how PostgreSQL's ``unnest`` wants them."""
    return {name: [getattr(row, name) for row in rows] for name in names}
