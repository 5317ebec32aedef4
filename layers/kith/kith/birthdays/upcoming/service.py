"""Whose birthday comes next: a window of days, ordered as the days come, cut into pages by keyset.

A birthday's place in the window is a number: month and day of its next occurrence, 1300 more when
that is next year. PostgreSQL counts with it, Python says where the window and a page begin; which
day 29 February is kept on is asked of ``kith.calendar`` alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, and_, case, or_, tuple_

from kith import calendar
from kith.contacts.models import Contact
from kith.contacts.rows import SELECT_ROW, ContactRow, fetch_rows

_NEXT_YEAR: Final = 1300
_LEAP: Final = 229
_c: Final = Contact.__table__.c


@dataclass(frozen=True, slots=True)
class UpcomingPosition:
    """The last contact of the page before: when its birthday is, its folded name, its id."""

    day: date
    sort_name: str
    id: int


@dataclass(frozen=True, slots=True)
class UpcomingPageRequest:
    """Which part of the window."""

    after: UpcomingPosition | None = None
    skip: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class DateWindow:
    """The birthdays from an owner's today to ``days`` later, both days included."""

    today: date
    days: int
    leap_day: str

    @property
    def end(self) -> date:
        return self.today + timedelta(days=self.days)

    def place(self, day: date) -> int:
        """Where a day stands in the window's order."""
        own = calendar.birthday_key(day.month, day.day)
        return own + _NEXT_YEAR * (day.year - self.today.year)

    @property
    def leap_place(self) -> int:
        """Where 29 February stands, wherever it is kept."""
        kept = calendar.occurrence(2, 29, None, self.today, self.leap_day)
        return self.place(kept.next)

    def position(self, row: ContactRow) -> UpcomingPosition:
        """Where a contact with a birthday stands in the window's order."""
        assert row.birth_month is not None  # noqa: S101 - it is in the window
        assert row.birth_day is not None  # noqa: S101 - as above
        born = (row.birth_month, row.birth_day, None)
        day = calendar.occurrence(*born, self.today, self.leap_day).next
        return UpcomingPosition(day, row.sort_name, row.id)


class UpcomingBirthdays:
    """One owner's living contacts with a birthday in a window."""

    def __init__(self, connection: Connection, owner_id: UUID, window: DateWindow) -> None:
        self._connection = connection
        self._owner_id = owner_id
        self._window = window

    def page(self, stretch: UpcomingPageRequest) -> Sequence[ContactRow]:
        """At most ``stretch.limit`` of them, in the window's order."""
        order = (self._place(), _c.sort_name, _c.id)
        statement = self._inside(stretch.after).order_by(*order).limit(stretch.limit)
        if stretch.skip:
            statement = statement.offset(stretch.skip)
        return fetch_rows(self._connection, statement)

    def _inside(self, after: UpcomingPosition | None) -> Select[Any]:
        start = max(after.day, self._window.today) if after else self._window.today
        statement = SELECT_ROW.where(
            _c.owner_id == self._owner_id,
            _c.deleted_at.is_(None),
            ~_c.deceased,
            or_(*self._ranges(self._window.place(start), self._window.place(self._window.end))),
        )
        if after and after.day >= self._window.today:
            mark = (self._window.place(after.day), after.sort_name, after.id)
            statement = statement.where(tuple_(self._place(), _c.sort_name, _c.id) > tuple_(*mark))
        return statement

    def _ranges(self, first: int, last: int) -> list[ColumnElement[bool]]:
        """The stretches of the index (owner, month and day, …) that the window covers."""
        own, leap = _c.birth_key, self._window.leap_place
        today = self._window.place(self._window.today)
        this_year = and_(own.between(max(first, today), last), own != _LEAP)
        next_year = and_(
            own.between(first - _NEXT_YEAR, min(last - _NEXT_YEAR, today - 1)), own != _LEAP
        )
        kept = [own == _LEAP] if first <= leap <= last else []
        return [this_year, *([next_year] if last > _NEXT_YEAR else []), *kept]

    def _place(self) -> ColumnElement[int]:
        own = _c.birth_key
        today = self._window.place(self._window.today)
        return case(
            (own == _LEAP, self._window.leap_place), (own >= today, own), else_=own + _NEXT_YEAR
        )


def list_upcoming(
    connection: Connection, owner_id: UUID, window: DateWindow, page_request: UpcomingPageRequest
) -> tuple[Sequence[ContactRow], UpcomingPosition | None]:
    """A page, and the position after which the next one begins, if any."""
    limit = page_request.limit
    one_more = replace(page_request, limit=limit + 1)
    rows = UpcomingBirthdays(connection, owner_id, window).page(one_more)
    last = window.position(rows[limit - 1]) if len(rows) > limit else None
    return rows[:limit], last
