"""One owner's contacts in lists: filtered, sorted, and cut into pages by keyset.

A page begins after the last row of the page before, found by an index, so the hundredth page costs
what the first one does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select, tuple_

from kith.contacts.models import contacts
from kith.contacts.repository import SHOWN, Stored

Sort = Literal["id", "name", "updated", "birthday"]

_c: Final = contacts.c
_KEYS: Final[dict[Sort, tuple[ColumnElement[Any], ...]]] = {
    "id": (_c.id,),
    "name": (_c.sort_name, _c.id),
    "updated": (_c.updated_at, _c.id),
    "birthday": (_c.birth_key, _c.sort_name, _c.id),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a contact must be like; ``patterns`` are groups of which each needs one match."""

    patterns: Sequence[Sequence[str]] = ()
    tag: str | None = None
    favourite: bool | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Which part of a list; ``after`` is the key of the last row before it, by ``key_of``."""

    sort: Sort = "id"
    after: Sequence[Any] | None = None
    skip: int = 0
    limit: int = 100


def key_of(row: Stored, sort: Sort) -> list[Any]:
    """Where a row of a page stands in its list."""
    return [getattr(row, column.name) for column in _KEYS[sort]]


class ContactListing:
    """One owner's living contacts, many at once."""

    def __init__(self, connection: Connection, owner_id: UUID) -> None:
        self._connection = connection
        self._owner_id = owner_id

    def page(self, filters: Filters, stretch: Stretch) -> Sequence[Stored]:
        """At most ``stretch.limit`` contacts, each with the key that it is sorted by."""
        rows = self._fetch(filters, stretch)
        missing = stretch.limit - len(rows)
        if missing and _ends_before_the_unknown(stretch):
            rest = replace(stretch, after=(None, "", 0), limit=missing)
            rows = [*rows, *self._fetch(filters, rest)]
        return rows

    def count(self, filters: Filters) -> int:
        return self._connection.scalar(self._living(filters, func.count())) or 0

    def _fetch(self, filters: Filters, stretch: Stretch) -> Sequence[Stored]:
        keys = _KEYS[stretch.sort]
        columns = dict.fromkeys((*SHOWN, *keys))
        statement = (
            self._living(filters, *columns)
            .where(*_begins(keys, stretch))
            .order_by(*(key.desc() if stretch.sort == "updated" else key for key in keys))
            .limit(stretch.limit)
        )
        if stretch.skip:
            statement = statement.offset(stretch.skip)
        return self._connection.execute(statement).all()

    def _living(self, filters: Filters, *columns: ColumnElement[Any]) -> Select[Any]:
        statement = select(*columns).where(
            _c.owner_id == self._owner_id,
            _c.deleted_at.is_(None),
            *(or_(*map(_matches, patterns)) for patterns in filters.patterns),
        )
        if filters.tag is not None:
            statement = statement.where(_c.tags.contains([filters.tag]))
        if filters.favourite is not None:
            statement = statement.where(_c.favourite == filters.favourite)
        return statement


def _matches(pattern: str) -> ColumnElement[bool]:
    return _c.search.like(pattern)


def _ends_before_the_unknown(stretch: Stretch) -> bool:
    """Contacts without a birthday come last, and no comparison of keys reaches them."""
    after = stretch.after
    return stretch.sort == "birthday" and after is not None and after[0] is not None


def _begins(keys: Sequence[ColumnElement[Any]], stretch: Stretch) -> list[ColumnElement[bool]]:
    if stretch.after is None:
        return []
    after = list(stretch.after)
    if after[0] is None:
        return [keys[0].is_(None), tuple_(*keys[1:]) > tuple_(*after[1:])]
    if stretch.sort == "updated":
        return [tuple_(*keys) < tuple_(*after)]
    return [tuple_(*keys) > tuple_(*after)]
