"""Date arithmetic of birthdays: the next one, the days until then, and the age.

Pure. A birthday is a floating date: a month and a day, with or without a year, never a moment. In
common years a birthday of 29 February is celebrated on the day that the user chose, the 28th
(``feb28``) or 1 March (``mar1``).

Used for contacts, the upcoming list, the feeds and the reminders alike.
"""

import calendar
from datetime import date
from typing import Final, Literal, NamedTuple

LeapDay = Literal["feb28", "mar1"]

_INSTEAD_OF_FEB_29: Final[dict[str, tuple[int, int]]] = {"feb28": (2, 28), "mar1": (3, 1)}


class Occurrence(NamedTuple):
    """A birthday as seen from one day.

    Attributes:
        next: the day on which it is celebrated next; the day itself counts.
        days: how many days until then; 0 is today.
        turns: the age reached on ``next``; ``None`` when the year of birth is not known.
        age: the years completed today; ``None`` when the year of birth is not known.
    """

    next: date
    days: int
    turns: int | None
    age: int | None


def occurrence(
    birth_month: int, birth_day: int, birth_year: int | None, today: date, leap_day: str
) -> Occurrence:
    """The next occurrence of a birthday, from ``today`` on."""
    this_year = celebrated(birth_month, birth_day, today.year, leap_day)
    had_it = this_year < today
    coming = celebrated(birth_month, birth_day, today.year + 1, leap_day) if had_it else this_year
    days = (coming - today).days
    if birth_year is None:
        return Occurrence(coming, days, None, None)
    turns = coming.year - birth_year
    return Occurrence(coming, days, turns, max(0, turns if days == 0 else turns - 1))


def celebrated(birth_month: int, birth_day: int, year: int, leap_day: str) -> date:
    """The day of ``year`` on which a birthday is celebrated."""
    if (birth_month, birth_day) == (2, 29) and not calendar.isleap(year):
        birth_month, birth_day = _INSTEAD_OF_FEB_29[leap_day]
    return date(year, birth_month, birth_day)


def birthday_key(birth_month: int, birth_day: int) -> int:
    """A month and a day as one number that sorts as the year goes: 29 February is 229."""
    return birth_month * 100 + birth_day


def keys_on(day: date, leap_day: str) -> tuple[int, ...]:
    """The keys of the birthdays celebrated on a day, those of 29 February included."""
    own = birthday_key(day.month, day.day)
    moved = (day.month, day.day) == _INSTEAD_OF_FEB_29[leap_day] and not calendar.isleap(day.year)
    return (own, 229) if moved else (own,)
