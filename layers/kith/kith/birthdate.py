"""Birthdays on the wire: ``1990-05-17``, or ``--05-17`` where nobody knows the year.

Pure. Strict: ASCII digits only, no times, no other notation, only days that exist.
"""

import calendar
import re
from datetime import date
from typing import Final, NamedTuple

_SHAPE: Final = re.compile(r"(?:([0-9]{4})-|--)([0-9]{2})-([0-9]{2})", re.ASCII)
_ANY_LEAP_YEAR: Final = 2000


class Birthdate(NamedTuple):
    """A floating date; ``year`` is ``None`` where nobody knows it."""

    year: int | None
    month: int
    day: int


def parse_birthdate(text: str) -> Birthdate:
    """A birthday out of its notation.

    Raises:
        ValueError: it is not in this notation, or there is no such day.
    """
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise ValueError("must be YYYY-MM-DD, or --MM-DD without the year")
    year, month, day = (int(part) if part else None for part in found.groups())
    if month is None or day is None or not _exists(year, month, day):
        raise ValueError("must be a day that exists")
    return Birthdate(year, month, day)


def format_birthdate(year: int | None, month: int, day: int) -> str:
    return f"--{month:02}-{day:02}" if year is None else f"{year:04}-{month:02}-{day:02}"


def is_after(birthdate: Birthdate, today: date) -> bool:
    """Whether somebody born then is not born yet."""
    return birthdate.year is not None and birthdate > (today.year, today.month, today.day)


def _exists(year: int | None, month: int, day: int) -> bool:
    if year == 0 or not 1 <= month <= 12:
        return False
    return 1 <= day <= calendar.monthrange(year or _ANY_LEAP_YEAR, month)[1]
