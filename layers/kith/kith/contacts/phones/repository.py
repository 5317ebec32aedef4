"""The phones of all contacts of one owner, one after another."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import Connection, Integer, Text, bindparam, func, select, true, tuple_

from kith.contacts.entities import PhoneEntry
from kith.contacts.models import Contact
from kith.contacts.rows import SELECT_ROW, ContactRow

_c: Final = Contact.__table__.c
_phone: Final = (
    func.jsonb_array_elements(_c.phones)
    .table_valued("value", with_ordinality="place")
    .render_derived(name="phone")
)
_PAGE: Final = (
    SELECT_ROW.add_columns(_phone.c.place)
    .join_from(Contact.__table__, _phone, true())
    .where(
        _c.owner_id == bindparam("owner_id"),
        _c.deleted_at.is_(None),
        tuple_(_c.id, _phone.c.place)
        > tuple_(bindparam("contact_id", type_=Integer), bindparam("place", type_=Integer)),
    )
    .order_by(_c.id, _phone.c.place)
    .limit(bindparam("limit", type_=Integer))
    .offset(bindparam("skip", type_=Integer))
    .subquery("page")
)
_PAGE_AS_JSON: Final = select(
    func.json_agg(func.json_build_array(_PAGE.c.row, _PAGE.c.place)).cast(Text)
)


class PhoneRow(NamedTuple):
    """A phone of a contact; ``place`` is which of its phones, from 1."""

    contact: ContactRow
    place: int

    @property
    def phone(self) -> PhoneEntry:
        return self.contact.phones[self.place - 1]


def fetch_phones(
    connection: Connection, owner_id: UUID, after: Sequence[int], *, skip: int, limit: int
) -> list[PhoneRow]:
    """At most ``limit`` phones of living contacts, behind a contact's id and a place."""
    contact_id, place = after
    values = {"owner_id": owner_id, "contact_id": contact_id, "place": place}
    page = connection.scalar(_PAGE_AS_JSON, {**values, "skip": skip, "limit": limit})
    return [PhoneRow(ContactRow.from_json(row), place) for row, place in from_json(page or "[]")]
