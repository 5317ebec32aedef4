"""One owner's contacts in lists: filtered, sorted, and cut into pages by keyset.

A page begins after the last row of the page before, found by an index, so the hundredth page costs
what the first one does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Connection,
    Integer,
    Select,
    and_,
    any_,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from kith.contacts.models import Contact
from kith.contacts.rows import SELECT_ROW, ContactRow, fetch_rows
from kith.contacts.search.text import LONG_TEXT_MARK

Sort = Literal["id", "name", "updated", "birthday"]
Order = Sort | Literal["deleted"]

_c: Final = Contact.__table__.c
_KEYS: Final[dict[Order, tuple[ColumnElement[Any], ...]]] = {
    "id": (_c.id,),
    "name": (_c.sort_name, _c.id),
    "updated": (_c.updated_at, _c.id),
    "birthday": (_c.birth_key, _c.sort_name, _c.id),
    "deleted": (_c.deleted_at, _c.id),
}
_LATEST_FIRST: Final = {"updated", "deleted"}
# One part of a row's position in a list.
CursorValue = str | int | datetime | None


@dataclass(frozen=True, slots=True)
class ContactFilters:
    """What a contact must be like; ``patterns`` are groups of which each needs one match."""

    patterns: Sequence[Sequence[str]] = ()
    tag: str | None = None
    favourite: bool | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list; ``after`` is the position of the last row before it."""

    sort: Order = "id"
    after: Sequence[CursorValue] | None = None
    skip: int = 0
    limit: int = 100


def page_position(row: ContactRow, sort: Order) -> list[CursorValue]:
    """Where a row of a page stands in its list."""
    return [getattr(row, column.name) for column in _KEYS[sort]]


class ContactListing:
    """One owner's living contacts, many at once."""

    def __init__(self, connection: Connection, owner_id: UUID) -> None:
        self._connection = connection
        self._owner_id = owner_id

    def page(self, filters: ContactFilters, page_request: PageRequest) -> list[ContactRow]:
        """At most ``page_request.limit`` living contacts."""
        rows = self._fetch(self._living(filters, page_request.sort), page_request)
        missing = page_request.limit - len(rows)
        if missing and _ends_before_the_unknown(page_request):
            rest = replace(page_request, after=(None, "", 0), limit=missing)
            rows = [*rows, *self._fetch(self._living(filters, page_request.sort), rest)]
        return rows

    def trash(self, page_request: PageRequest) -> list[ContactRow]:
        """At most ``page_request.limit`` contacts of the trash, in the order ``deleted``."""
        return self._fetch([self._mine, _c.deleted_at.is_not(None)], page_request)

    def count(self, filters: ContactFilters) -> int:
        statement = select(func.count()).where(*self._living(filters, "id"))
        return self._connection.scalar(statement) or 0

    @property
    def _mine(self) -> ColumnElement[bool]:
        return _c.owner_id == self._owner_id

    def _fetch(
        self, rows: Sequence[ColumnElement[bool]], page_request: PageRequest
    ) -> list[ContactRow]:
        """Which rows they are is found in an index alone; what they hold is fetched after that.

        Their ids are an array, which is made once whatever the planner believes; without fresh
        statistics it would look for an ``IN`` again with every row.
        """
        keys = _KEYS[page_request.sort]
        order = [key.desc() if page_request.sort in _LATEST_FIRST else key for key in keys]
        chosen = (
            select(_c.id)
            .where(*rows, *_begins(keys, page_request))
            .order_by(*order)
            .limit(page_request.limit)
            .offset(page_request.skip or None)
            .correlate(None)
        )
        ids = func.array(chosen.scalar_subquery(), type_=ARRAY(Integer))
        page = SELECT_ROW.where(self._mine, _c.id == any_(ids))
        return fetch_rows(self._connection, page.order_by(*order))

    def _living(self, filters: ContactFilters, sort: Order) -> list[ColumnElement[bool]]:
        living = [self._mine, _c.deleted_at.is_(None)]
        rows = list(living)
        if filters.patterns and sort == "id":
            rows.append(self._found(filters.patterns))
        elif filters.patterns:
            found = select(_c.id).where(*living, self._found(filters.patterns)).correlate(None)
            rows.append(_c.id.in_(select(_found_first(found).c.id)))
        if filters.tag is not None:
            rows.append(literal(filters.tag) == any_(_c.tags))
        if filters.favourite is not None:
            rows.append(_c.favourite == filters.favourite)
        return rows

    def _found(self, patterns: Sequence[Sequence[str]]) -> ColumnElement[bool]:
        long = select(_c.id).where(
            self._mine,
            _c.deleted_at.is_(None),
            _c.search_long.is_not(None),
            _all_match(_c.search_long, patterns),
        )
        elsewhere = and_(_c.search == LONG_TEXT_MARK, _c.id.in_(long.correlate(None)))
        return or_(_all_match(_c.search, patterns), elsewhere)


def _found_first(found: Select[Any]) -> CTE:
    """In another order than that of ids the planner would rather read all rows of the table."""
    return found.cte("found").prefix_with("MATERIALIZED")


def _all_match(text: ColumnElement[Any], patterns: Sequence[Sequence[str]]) -> ColumnElement[bool]:
    return and_(*(or_(*(text.like(each) for each in group)) for group in patterns))


def _ends_before_the_unknown(page_request: PageRequest) -> bool:
    """Contacts without a birthday come last, and no comparison of keys reaches them."""
    after = page_request.after
    return page_request.sort == "birthday" and after is not None and after[0] is not None


def _begins(
    keys: Sequence[ColumnElement[Any]], page_request: PageRequest
) -> list[ColumnElement[bool]]:
    if page_request.after is None:
        return []
    after = list(page_request.after)
    if after[0] is None:
        return [keys[0].is_(None), tuple_(*keys[1:]) > tuple_(*after[1:])]
    if page_request.sort in _LATEST_FIRST:
        return [tuple_(*keys) < tuple_(*after)]
    return [tuple_(*keys) > tuple_(*after)]
