"""Birthdays as a calendar (RFC 5545): pure.

An all-day event per birthday and year, not one that recurs: the age is in its name, and 29 February
moves. What it is called and how long lines are folded is left to the icalendar library, because a
name can hold anything; the rest is fixed text.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from kith.birthdays.translations import announcement, translations_for
from kith.calendar import celebrated

_ONE_DAY: Final = timedelta(days=1)


class FeedBirthday(NamedTuple):
    """Somebody in the calendar; ``changed_at`` is when we last heard something new of them."""

    contact_id: int
    name: str
    birth_year: int | None
    birth_month: int
    birth_day: int
    changed_at: datetime


class FeedContext(NamedTuple):
    """For whom the calendar is written. ``owner`` makes the events' ids unique in the world."""

    owner: str
    locale: str
    leap_day: str


def render_calendar(
    people: Iterable[FeedBirthday], years: Iterable[int], reading: FeedContext
) -> str:
    """The calendar of some years."""
    wanted = tuple(years)
    events = (line for each in people for year in wanted for line in _event(each, year, reading))
    lines = [*_head(reading), *events, "END:VCALENDAR", ""]
    return "\r\n".join(lines)


def _head(reading: FeedContext) -> list[str]:
    name = translations_for(reading.locale).calendar
    return [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Kith//Birthdays//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        _text("NAME", name),
        _text("X-WR-CALNAME", name),
        "REFRESH-INTERVAL;VALUE=DURATION:PT12H",
        "X-PUBLISHED-TTL:PT12H",
    ]


def _event(each: FeedBirthday, year: int, reading: FeedContext) -> Iterator[str]:
    """Nothing in the years before somebody was born."""
    turns = year - each.birth_year if each.birth_year else None
    if turns is not None and turns < 0:
        return
    day = celebrated(each.birth_month, each.birth_day, year, reading.leap_day)
    yield "BEGIN:VEVENT"
    yield f"UID:{reading.owner}-{each.contact_id}-{year}@kith"
    yield f"DTSTAMP:{each.changed_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{_written(day)}"
    yield f"DTEND;VALUE=DATE:{_written(day + _ONE_DAY)}"
    yield _text("SUMMARY", announcement(reading.locale, each.name, turns))
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _written(day: date) -> str:
    return day.isoformat().replace("-", "")


def _text(name: str, value: str) -> str:
    """A line of text, escaped, and folded where it is longer than 75 bytes."""
    from icalendar import vText
    from icalendar.parser import Contentline

    line: Any = Contentline
    folded: bytes = line(f"{name}:{vText(value).to_ical().decode()}").to_ical()
    return folded.decode()
