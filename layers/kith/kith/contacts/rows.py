"""Contacts as hot reads give them: typed frozen rows, made of the mapped class's own columns.

PostgreSQL makes one JSON text of all rows of a statement, and one parser in C reads it: a row of
two dozen columns costs the driver ten times as much, and an object of the session three times more.
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import (
    Column,
    ColumnClause,
    Connection,
    Select,
    Text,
    bindparam,
    func,
    literal_column,
    select,
)

from kith.birthdate import Birthdate
from kith.contacts.details.entities import DETAIL_NAMES, NO_DETAILS
from kith.contacts.models import Contact, ContactColumns, DetailsColumn, EntryList

_c: Final = Contact.__table__.c
ROW_COLUMNS: Final = tuple(each.name for each in _c if each.name in ContactColumns.__annotations__)


def _parser(column: Column[Any]) -> Callable[[Any], object] | None:
    """What makes the column's value of its JSON; None where JSON's own value is the one."""
    if isinstance(column.type, EntryList | DetailsColumn):
        return column.type.load
    return datetime.fromisoformat if column.type.python_type is datetime else None


_PARSERS: Final = tuple(
    (place, parse) for place, name in enumerate(ROW_COLUMNS) if (parse := _parser(_c[name]))
)
_DETAILS: Final = ROW_COLUMNS.index("details")


if TYPE_CHECKING:
    _Values = tuple[Any, ...]
else:
    _Values = NamedTuple("_Values", [(name, Any) for name in ROW_COLUMNS])  # read in C


class ContactRow(_Values, ContactColumns):
    """A contact as it was read; it cannot be changed."""

    __slots__ = ()

    @classmethod
    def from_json(cls, values: list[Any]) -> "ContactRow":
        for place, parse in _PARSERS:
            if values[place] is not None:
                values[place] = parse(values[place])
        if values[_DETAILS] is None:
            values[_DETAILS] = NO_DETAILS
        return tuple.__new__(cls, values)

    def copy(self) -> Contact:
        """A contact that no session knows, to be changed and written with many others."""
        return Contact(**dict(zip(ROW_COLUMNS, self, strict=True)))


def _birthdate(row: ContactRow) -> Birthdate | None:
    if row.birth_month is None or row.birth_day is None:
        return None
    return Birthdate(row.birth_year, row.birth_month, row.birth_day)


setattr(ContactRow, "birthdate", property(_birthdate))  # noqa: B010 - a mapped attribute elsewhere

# What makes a row long.
LONG_COLUMNS: Final = frozenset(
    {"emails", "phones", "tags", "lead_days", "notes", "extra", "details"}
)
FieldMask = frozenset[str]  # names of fields that a client asks for
_LONG_FIELDS: Final = LONG_COLUMNS | {"email", "phone", *DETAIL_NAMES}


def _row_sql(without: AbstractSet[str] = frozenset()) -> str:
    columns = ("NULL" if name in without else f"contacts.{name}" for name in ROW_COLUMNS)
    return f"json_build_array({', '.join(columns)})"


def _row(*, without: AbstractSet[str] = frozenset()) -> ColumnClause[str]:
    return literal_column(_row_sql(without))


ROW_SQL: Final = _row_sql()
_ROW: Final = _row()
# The beginning of every statement for `fetch_rows`; the second one for whoever asks for names only.
SELECT_ROW: Final = select(_ROW.label("row")).select_from(Contact.__table__)
SELECT_SHORT_ROW: Final = select(_row(without=LONG_COLUMNS).label("row")).select_from(
    Contact.__table__
)
_ONE: Final = select(_ROW.cast(Text)).where(
    _c.owner_id == bindparam("owner_id"), _c.id == bindparam("id"), _c.deleted_at.is_(None)
)


def wants_long_columns(mask: FieldMask | None) -> bool:
    """Whether fields that a client asks for are in ``LONG_COLUMNS``; without a mask all are."""
    return mask is None or bool(mask & _LONG_FIELDS)


def as_json(statement: Select[Any]) -> Select[str | None]:
    """A statement that begins with ``SELECT_ROW``, as one JSON text of its rows, in its order."""
    return select(func.json_agg(statement.subquery("page").c.row).cast(Text))


def parse_rows(rows: str | None) -> list[ContactRow]:
    """The rows of a text that ``as_json`` made."""
    return [ContactRow.from_json(row) for row in from_json(rows or "[]")]


def fetch_rows(connection: Connection, statement: Select[Any]) -> list[ContactRow]:
    """All rows of a statement that begins with ``SELECT_ROW``, in its order."""
    return parse_rows(connection.scalar(as_json(statement)))


def fetch_row(connection: Connection, owner_id: UUID, contact_id: int) -> ContactRow | None:
    """One living contact."""
    row = connection.scalar(_ONE, {"owner_id": owner_id, "id": contact_id})
    return ContactRow.from_json(from_json(row)) if row else None
