"""What the clocks on people's walls have shown: pure, for the planner.

A reminder is due from the user's hour until local midnight. So the planner asks, for a moment in
UTC and a time zone, which date it is there and which hours of it have come. An hour that daylight
saving skips has come as soon as the clock is past it; one that it repeats came the first time.
"""

from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from kith.birthdays.time_zones import zone_or_utc

_TICK_MINUTES: Final = 15  # how often the planner is woken
_MINUTE: Final = timedelta(minutes=1)
END_OF_DAY: Final = "24:00"


class WallClock(NamedTuple):
    """A time zone at one moment.

    Attributes:
        zone: its IANA name.
        today: the date there.
        reached: the latest time of day that was reached on that date, as ``HH:MM``.
        covers: up to which time of day this tick plans: ``reached``, or ``24:00`` when the next
            tick will come on another date.
        minutes_left: how many minutes this date still has; counted no further than to the next
            tick. Who asks for an hour that this date will not have is told before it ends.
    """

    zone: str
    today: date
    reached: str
    covers: str
    minutes_left: int


def wall_clock(zone: str, at: datetime) -> WallClock:
    """The wall clock of a zone at a moment."""
    there = zone_or_utc(zone)
    today = at.astimezone(there).date()
    reached = _reached(there, at)
    left = next((n for n in range(1, _TICK_MINUTES) if _date(there, at, n) != today), _TICK_MINUTES)
    is_last = _date(there, at, _TICK_MINUTES) != today
    return WallClock(zone, today, reached, END_OF_DAY if is_last else reached, left)


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
