"""Local time of the users' zones: pure, for the planner.

A reminder is due from the user's hour until local midnight. So the planner asks, for a moment in
UTC and a time zone, which date it is there and which hours of it have come. An hour that daylight
saving skips has come as soon as the clock is past it; one that it repeats came the first time.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from kith.birthdays.time_zones import zone_or_utc

TICK: Final = timedelta(minutes=15)  # how often the planner is invoked
START_OF_DAY: Final = "00:00"
END_OF_DAY: Final = "24:00"
_MINUTE: Final = timedelta(minutes=1)
_TICK_MINUTES: Final = TICK // _MINUTE
_HOUR: Final = 60


class WallClock(NamedTuple):
    """A time zone at one moment.

    Attributes:
        zone: its IANA name.
        today: the date there.
        reached: the latest time of day that was reached on that date, as ``HH:MM``.
        covers: up to which time of day a tick at that moment plans: ``reached``, or ``24:00`` when
            the next tick will come on another date.
        minutes_left: how many minutes this date still has, but no more than to the next tick. An
            hour that this date will not have counts as reached in its last minutes.
    """

    zone: str
    today: date
    reached: str
    covers: str
    minutes_left: int


def wall_clock(zone: str, at: datetime) -> WallClock:
    """The wall clock of a zone at a moment."""
    info = zone_or_utc(zone)
    today = at.astimezone(info).date()
    reached = _reached(info, at)
    left = next((n for n in range(1, _TICK_MINUTES) if _date(info, at, n) != today), _TICK_MINUTES)
    is_last = _date(info, at, _TICK_MINUTES) != today
    return WallClock(zone, today, reached, END_OF_DAY if is_last else reached, left)


def midnight_before(zone: str, day: date) -> datetime:
    """The moment, in UTC, at which a date begins in a zone."""
    return datetime.combine(day, time(), zone_or_utc(zone)).astimezone(UTC)


def minute_after(wall_time: str) -> str:
    """The next minute of the day: ``08:59`` → ``09:00``, ``23:59`` → ``24:00``."""
    hours, minutes = map(int, wall_time.split(":"))
    total = hours * _HOUR + minutes + 1
    return f"{total // _HOUR:02}:{total % _HOUR:02}"


def _date(zone: ZoneInfo, at: datetime, minutes_later: int) -> date:
    return (at + minutes_later * _MINUTE).astimezone(zone).date()


def _reached(zone: ZoneInfo, at: datetime) -> str:
    """In an hour that is shown for the second time, everything before it was reached already."""
    shown = at.astimezone(zone)
    earlier = shown
    while earlier.fold:
        at -= _MINUTE
        earlier = at.astimezone(zone)
    return max(_minutes(shown.time()), _minutes(earlier.time()))


def _minutes(shown: time) -> str:
    return shown.strftime("%H:%M")
