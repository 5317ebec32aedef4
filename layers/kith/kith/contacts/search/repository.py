"""One owner's contacts in lists: filtered, sorted, and cut into pages by keyset.

A page begins after the last row of the page before, found by an index, so the hundredth page costs
what the first one does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    func,
    or_,
    select,
    tuple_,
)

from kith.contacts.models import Contact
from kith.contacts.rows import (
    SELECT_ROW,
    SELECT_SHORT_ROW,
    ContactRow,
    FieldMask,
    as_json,
    parse_rows,
    wants_long_columns,
)
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
_MINE: Final = _c.owner_id == bindparam("owner_id")
_LATEST_FIRST: Final = {"updated", "deleted"}
# One part of a row's position in a list.
CursorValue = str | int | datetime | None


@dataclass(frozen=True, slots=True)
class ContactFilters:
    """What a contact must be like; ``patterns`` are groups of which each needs one match.

    ``tag`` is the key of one.
    """

    patterns: Sequence[Sequence[str]] = ()
    tag: str | None = None
    favourite: bool | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list.

    Attributes:
        after: the position of the last row before it.
        mask: the fields of its contacts that are shown, if not all are.
    """

    sort: Order = "id"
    after: Sequence[CursorValue] | None = None
    skip: int = 0
    limit: int = 100
    mask: FieldMask | None = None


def page_position(row: ContactRow, sort: Order) -> list[CursorValue]:
    """Where a row of a page stands in its list."""
    return [getattr(row, column.name) for column in _KEYS[sort]]


class ContactListing:
    """One owner's contacts, many at once."""

    def __init__(self, connection: Connection, owner_id: UUID) -> None:
        self._connection = connection
        self._owner_id = owner_id

    def page(self, filters: ContactFilters, page_request: PageRequest) -> list[ContactRow]:
        """At most ``page_request.limit`` living contacts."""
        rows = self._fetch(filters, page_request)
        missing = page_request.limit - len(rows)
        if missing and _ends_before_the_unknown(page_request):
            rest = replace(page_request, after=(None, "", 0), limit=missing)
            rows = [*rows, *self._fetch(filters, rest)]
        return rows

    def trash(self, page_request: PageRequest) -> list[ContactRow]:
        """At most ``page_request.limit`` contacts of the trash, in the order ``deleted``."""
        return self._fetch(ContactFilters(), page_request)

    def count(self, filters: ContactFilters) -> int:
        statement = select(func.count()).where(*_filtered(_shape(filters, PageRequest())))
        return self._connection.scalar(statement, self._values(filters, PageRequest())) or 0

    def _fetch(self, filters: ContactFilters, page_request: PageRequest) -> list[ContactRow]:
        statement = _page_statement(_shape(filters, page_request))
        return parse_rows(self._connection.scalar(statement, self._values(filters, page_request)))

    def _values(self, filters: ContactFilters, page_request: PageRequest) -> dict[str, object]:
        """The values of a statement; those that its shape does not name are left over."""
        return {
            "owner_id": self._owner_id,
            "tag": filters.tag,
            "favourite": filters.favourite,
            "limit": page_request.limit,
            "skip": page_request.skip,
            **{f"group_{place}": list(group) for place, group in enumerate(filters.patterns)},
            **{f"after_{place}": value for place, value in enumerate(page_request.after or ())},
        }


class _Shape(NamedTuple):
    """All that a statement for a page depends on but its values."""

    sort: Order
    groups: int
    has_tag: bool
    has_favourite: bool
    has_skip: bool
    after: Literal["known", "unknown"] | None
    short: bool


def _shape(filters: ContactFilters, page_request: PageRequest) -> _Shape:
    after = page_request.after
    return _Shape(
        page_request.sort,
        len(filters.patterns),
        filters.tag is not None,
        filters.favourite is not None,
        page_request.skip > 0,
        None if after is None else "unknown" if after[0] is None else "known",
        not wants_long_columns(page_request.mask),
    )


@lru_cache(maxsize=64)
def _page_statement(shape: _Shape) -> Select[str | None]:
    """Which rows they are is found in an index alone; what they hold is fetched after that.

    Their ids are an array, which is made once whatever the planner believes; without fresh
    statistics it would look for an ``IN`` again with every row.

    A statement is put together once: SQLAlchemy takes as long for that as PostgreSQL for the rows.
    """
    keys = _KEYS[shape.sort]
    order = [key.desc() if shape.sort in _LATEST_FIRST else key for key in keys]
    chosen = (
        select(_c.id)
        .where(*_filtered(shape), *_after(shape))
        .order_by(*order)
        .limit(bindparam("limit", type_=Integer))
        .offset(bindparam("skip", type_=Integer) if shape.has_skip else None)
        .correlate(None)
    )
    ids = func.array(chosen.scalar_subquery(), type_=ARRAY(Integer))
    rows = SELECT_SHORT_ROW if shape.short else SELECT_ROW
    return as_json(rows.where(_MINE, _c.id == any_(ids)).order_by(*order))


def _filtered(shape: _Shape) -> list[ColumnElement[bool]]:
    if shape.sort == "deleted":
        return [_MINE, _c.deleted_at.is_not(None)]
    rows = [_MINE, _c.deleted_at.is_(None)]
    if shape.groups:
        rows.append(_found(shape) if shape.sort == "id" else _c.id.in_(_found_first(shape)))
    if shape.has_tag:
        rows.append(bindparam("tag", type_=Text) == any_(_c.tag_keys))
    if shape.has_favourite:
        rows.append(_c.favourite == bindparam("favourite"))
    return rows


def _found_first(shape: _Shape) -> Select[int]:
    """In another order than that of ids the planner would rather read all rows of the table."""
    found = select(_c.id).where(_MINE, _c.deleted_at.is_(None), _found(shape)).correlate(None)
    return select(found.cte("found").prefix_with("MATERIALIZED").c.id)


def _found(shape: _Shape) -> ColumnElement[bool]:
    long = select(_c.id).where(
        _MINE,
        _c.deleted_at.is_(None),
        _c.search_long.is_not(None),
        _all_match(_c.search_long, shape),
    )
    elsewhere = and_(_c.search == LONG_TEXT_MARK, _c.id.in_(long.correlate(None)))
    return or_(_all_match(_c.search, shape), elsewhere)


def _all_match(text: ColumnElement[str], shape: _Shape) -> ColumnElement[bool]:
    groups = (bindparam(f"group_{place}", type_=ARRAY(Text)) for place in range(shape.groups))
    return and_(*(text.like(any_(group)) for group in groups))


def _after(shape: _Shape) -> list[ColumnElement[bool]]:
    if shape.after is None:
        return []
    keys = _KEYS[shape.sort]
    after = [bindparam(f"after_{place}", type_=key.type) for place, key in enumerate(keys)]
    if shape.after == "unknown":
        return [keys[0].is_(None), tuple_(*keys[1:]) > tuple_(*after[1:])]
    if shape.sort in _LATEST_FIRST:
        return [tuple_(*keys) < tuple_(*after)]
    return [tuple_(*keys) > tuple_(*after)]


def _ends_before_the_unknown(page_request: PageRequest) -> bool:
    """Contacts without a birthday come last, and no comparison of keys reaches them."""
    after = page_request.after
    return page_request.sort == "birthday" and after is not None and after[0] is not None
