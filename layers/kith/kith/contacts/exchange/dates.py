"""Days as files write them, and what may be made of them: ``YYYY-MM-DD`` or ``--MM-DD``.

Apple, Google and others write a made-up year where they know none. What is marked so, or is known
to mean it, loses its year here; nothing else does (RFC 6350 4.3.1, and what programs really write).
"""

import calendar
import re
from typing import Final, NamedTuple

from kith.birthdate import Birthdate

NO_YEAR: Final = 1604  # Apple's: a leap year, before anybody's birth
_MADE_UP_YEARS: Final = frozenset({0, 1, NO_YEAR})

_ISO: Final = re.compile(r"(\d{4})-?(\d{1,2})-?(\d{1,2})(?:[T ].*)?")
_YEARLESS: Final = re.compile(r"--(\d{2})-?(\d{2})(?:T.*)?")
_NUMBERS: Final = re.compile(r"(\d{1,4})([./-])\s?(\d{1,2})\2\s?(\d{1,4})(?:[ T]\d.*)?")
_DASHED: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_EMPTY: Final = re.compile(r"[0\s./-]*")


class ParsedDay(NamedTuple):
    """A day of the calendar; ``year_dropped``: the file had a year that only stood for none."""

    birthdate: Birthdate
    year_dropped: bool = False

    @property
    def text(self) -> str:
        return str(self.birthdate)


def is_empty_date(text: str) -> bool:
    """Whether a program meant no date at all: Outlook writes ``0/0/00``."""
    return _EMPTY.fullmatch(text) is not None


def parse_day(
    text: str, *, made_up: int | None = None, day_first: bool = False
) -> ParsedDay | None:
    """The day that a text means, or None where it means none that exists.

    Args:
        text: as the file has it.
        made_up: a year that the file itself marks as standing for none.
        day_first: how the file writes days with slashes.
    """
    text = text.strip()
    if not text.isascii():
        return None
    if yearless := _YEARLESS.fullmatch(text):
        return _day(None, int(yearless[1]), int(yearless[2]))
    if found := _DASHED.fullmatch(text) or _ISO.fullmatch(text):
        return _with_year(int(found[1]), int(found[2]), int(found[3]), made_up)
    return _out_of_numbers(text, made_up, day_first=day_first)


def _out_of_numbers(text: str, made_up: int | None, *, day_first: bool) -> ParsedDay | None:
    found = _NUMBERS.fullmatch(text)
    if not found:
        return None
    first, mark, second, third = int(found[1]), found[2], int(found[3]), int(found[4])
    if len(found[1]) == 4:
        return _with_year(first, second, third, made_up)
    if len(found[4]) != 4:
        return None
    day, month = (first, second) if day_first or mark == "." else (second, first)
    return _with_year(third, month, day, made_up)


def _with_year(year: int, month: int, day: int, made_up: int | None) -> ParsedDay | None:
    if year in _MADE_UP_YEARS or year == made_up:
        return _day(None, month, day, year_dropped=True)
    return _day(year, month, day)


def _day(year: int | None, month: int, day: int, *, year_dropped: bool = False) -> ParsedDay | None:
    if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year or 2000, month)[1]:
        return None
    return ParsedDay(Birthdate(year, month, day), year_dropped)


def day_comes_first(texts: list[str]) -> bool:
    """Whether a column of dates with slashes writes the day before the month.

    Only numbers above twelve can tell; without one the month comes first, as Outlook has it in
    English.
    """
    found = [each for text in texts if (each := _NUMBERS.fullmatch(text.strip()))]
    return any(len(each[1]) < 4 and int(each[1]) > 12 for each in found)
