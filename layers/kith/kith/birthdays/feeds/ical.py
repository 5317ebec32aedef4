"""Birthdays as a calendar (RFC 5545): pure.

An all-day event per birthday and year, not one that recurs: the age is in its summary, and 29
February moves. The icalendar library escapes and folds summaries, because a name can hold anything;
the rest is fixed text.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from kith.birthdays.translations import announcement, translations_for
from kith.calendar import celebrated

_ONE_DAY: Final = timedelta(days=1)


class FeedBirthday(NamedTuple):
    """A contact in the calendar; ``changed_at`` is when it was last changed."""

    contact_id: int
    name: str
    birth_year: int | None
    birth_month: int
    birth_day: int
    changed_at: datetime


class FeedContext(NamedTuple):
    """How a calendar is rendered. ``owner`` makes the events' ids globally unique."""

    owner: str
    locale: str
    leap_day: str


def render_calendar(
    people: Iterable[FeedBirthday], years: Iterable[int], context: FeedContext
) -> str:
    """The calendar of some years."""
    wanted = tuple(years)
    events = (
        line for person in people for year in wanted for line in _event(person, year, context)
    )
    lines = [*_head(context), *events, "END:VCALENDAR", ""]
    return "\r\n".join(lines)


def _head(context: FeedContext) -> list[str]:
    name = translations_for(context.locale).calendar
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


def _event(person: FeedBirthday, year: int, context: FeedContext) -> Iterator[str]:
    """The lines of an event; none in the years before the birth."""
    turns = year - person.birth_year if person.birth_year else None
    if turns is not None and turns < 0:
        return
    day = celebrated(person.birth_month, person.birth_day, year, context.leap_day)
    yield "BEGIN:VEVENT"
    yield f"UID:{context.owner}-{person.contact_id}-{year}@kith"
    yield f"DTSTAMP:{person.changed_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{_basic_date(day)}"
    yield f"DTEND;VALUE=DATE:{_basic_date(day + _ONE_DAY)}"
    yield _text("SUMMARY", announcement(context.locale, person.name, turns))
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _basic_date(day: date) -> str:
    return day.isoformat().replace("-", "")


def _text(name: str, value: str) -> str:
    """A line of text, escaped, and folded where it is longer than 75 bytes."""
    from icalendar import vText
    from icalendar.parser import Contentline

    line: Any = Contentline  # icalendar ships no types for it
    folded: bytes = line(f"{name}:{vText(value).to_ical().decode()}").to_ical()
    return folded.decode()
