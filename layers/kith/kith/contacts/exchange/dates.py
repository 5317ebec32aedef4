"""Days as files write them, and what may be made of them: ``YYYY-MM-DD`` or ``--MM-DD``.

Apple, Google and others write a made-up year where they know none. What is marked so, or is known
to mean it, loses its year here; nothing else does (RFC 6350 4.3.1, and what programs really write).
"""

import calendar
import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from kith.birthdate import Birthdate

NO_YEAR: Final = 1604  # Apple's: a leap year, before anybody's birth
_MADE_UP_YEARS: Final = frozenset({0, 1, NO_YEAR})

_ISO: Final = re.compile(r"(?P<year>\d{4})-?(?P<month>\d{1,2})-?(?P<day>\d{1,2})(?:[T ].*)?")
_YEARLESS: Final = re.compile(r"--(\d{2})-?(\d{2})(?:T.*)?")
_NUMBERS: Final = re.compile(r"(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4})(?:[ T]\d.*)?")
_YEAR_FIRST: Final = re.compile(
    r"(?P<year>\d{4})([./-])\s?(?P<month>\d{1,2})\2\s?(?P<day>\d{1,2})(?:[T ].*)?"
)
_EMPTY: Final = re.compile(r"[0\s./-]*")
# Where a short date begins with the month (CLDR).
_MONTH_FIRST: Final = frozenset(
    {"US", "PR", "GU", "VI", "AS", "MP", "UM", "FM", "MH", "PW", "PH", "PA"}
)


class DayOrder(NamedTuple):
    """Which comes first in a date with slashes; ``is_guess``: nothing but the region says so."""

    day_first: bool = False
    is_guess: bool = True


_MONTH_FIRST_PROBABLY: Final = DayOrder()


class ParsedDay(NamedTuple):
    """A day of the calendar.

    Attributes:
        year_dropped: the file had a year that only stood for none.
        is_guess: day and month could change places, and which is which was guessed.
    """

    birthdate: Birthdate
    year_dropped: bool = False
    is_guess: bool = False

    @property
    def text(self) -> str:
        return str(self.birthdate)


class FileOrigin(NamedTuple):
    """What is known of where a file comes from, beside its bytes.

    Attributes:
        region: where its owner lives (ISO 3166).
        day_first: whether its dates with slashes begin with the day, if the owner says so.
        mapping: what the owner takes columns of CSV for, ``{header: field}``.
    """

    region: str | None = None
    day_first: bool | None = None
    mapping: Mapping[str, str] | None = None


def day_order(origin: FileOrigin, texts: Iterable[str] = ()) -> DayOrder:
    """How a file writes days with slashes: as its owner says, as its dates prove, or as the region.

    A number above twelve in ``texts`` is no month. Without a region the month comes first, as
    Outlook has it in English.
    """
    if origin.day_first is not None:
        return DayOrder(origin.day_first, is_guess=False)
    found = [each for text in texts if (each := _NUMBERS.fullmatch(text.strip()))]
    proofs = {int(each[1]) > 12 for each in found if max(int(each[1]), int(each[3])) > 12}
    if len(proofs) == 1:
        return DayOrder(proofs.pop(), is_guess=False)
    return DayOrder(origin.region is not None and origin.region not in _MONTH_FIRST)


def is_empty_date(text: str) -> bool:
    """Whether a program meant no date at all: Outlook writes ``0/0/00``."""
    return _EMPTY.fullmatch(text) is not None


def parse_day(
    text: str, *, made_up: int | None = None, order: DayOrder = _MONTH_FIRST_PROBABLY
) -> ParsedDay | None:
    """The day that a text means, or None where it means none that exists.

    Args:
        text: as the file has it.
        made_up: a year that the file itself marks as standing for none.
        order: how the file writes days with slashes.
    """
    text = text.strip()
    if not text.isascii():
        return None
    if yearless := _YEARLESS.fullmatch(text):
        return _day(None, int(yearless[1]), int(yearless[2]))
    if found := _YEAR_FIRST.fullmatch(text) or _ISO.fullmatch(text):
        return _with_year(int(found["year"]), int(found["month"]), int(found["day"]), made_up)
    if found := _NUMBERS.fullmatch(text):
        first, mark, second, year = int(found[1]), found[2], int(found[3]), int(found[4])
        order = DayOrder(day_first=True, is_guess=False) if mark == "." else order
        return _in_order(first, second, order, year, made_up)
    return None


def _in_order(
    first: int, second: int, order: DayOrder, year: int, made_up: int | None
) -> ParsedDay | None:
    """The day by the order, or by the other one where only that gives a day."""
    month, day = (second, first) if order.day_first else (first, second)
    by_order = _with_year(year, month, day, made_up)
    by_other = _with_year(year, day, month, made_up) if order.is_guess and first != second else None
    if by_order and by_other:
        return by_order._replace(is_guess=True)
    return by_order or by_other


def _with_year(year: int, month: int, day: int, made_up: int | None) -> ParsedDay | None:
    if year in _MADE_UP_YEARS or year == made_up:
        return _day(None, month, day, year_dropped=True)
    return _day(year, month, day)


def _day(year: int | None, month: int, day: int, *, year_dropped: bool = False) -> ParsedDay | None:
    if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year or 2000, month)[1]:
        return None
    return ParsedDay(Birthdate(year, month, day), year_dropped)
