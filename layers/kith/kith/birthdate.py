"""Birthdays as values: a floating date, ``1990-05-17`` or, without its year, ``--05-17``.

Pure. The notation is strict: ASCII digits only, no times, no other notation, only days that exist.
When a birthday is kept is the business of ``kith.calendar``.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

_NOTATION: Final = re.compile(r"(?:([0-9]{4})-|--)([0-9]{2})-([0-9]{2})", re.ASCII)
_ANY_LEAP_YEAR: Final = 2000


@dataclass(frozen=True, slots=True)
class Birthdate:
    """A floating date; ``year`` is ``None`` where nobody knows it."""

    year: int | None
    month: int
    day: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """A birthday out of its notation.

        Raises:
            ValueError: it is not in this notation, or there is no such day.
        """
        found = _NOTATION.fullmatch(text)
        if found is None:
            raise ValueError("must be YYYY-MM-DD, or --MM-DD without the year")
        year, month, day = found.groups()
        parsed = cls(int(year) if year else None, int(month), int(day))
        if not parsed._exists():
            raise ValueError("must be a day that exists")
        return parsed

    def __str__(self) -> str:
        year = "-" if self.year is None else f"{self.year:04}"
        return f"{year}-{self.month:02}-{self.day:02}"

    def is_after(self, today: date) -> bool:
        """Whether somebody born then is not born yet."""
        if self.year is None:
            return False
        return (self.year, self.month, self.day) > (today.year, today.month, today.day)

    def agrees_with(self, other: Self) -> bool:
        """Whether both may be one birthday: a year that one of them lacks decides nothing."""
        years = {self.year, other.year} - {None}
        return (self.month, self.day) == (other.month, other.day) and len(years) < 2

    def _exists(self) -> bool:
        if self.year == 0 or not 1 <= self.month <= 12:
            return False
        return 1 <= self.day <= calendar.monthrange(self.year or _ANY_LEAP_YEAR, self.month)[1]
