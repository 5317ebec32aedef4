"""One owner's contacts in the database. Nobody else's can be reached from here.

Rows are locked in one order, so that nobody waits in a circle: contacts by id, then their owner.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    Text,
    Update,
    and_,
    bindparam,
    cast,
    column,
    delete,
    func,
    select,
    update,
)

from kith.accounts.models import User
from kith.contacts.mapper import Draft
from kith.contacts.models import Contact

StoredContact = Row[Any] | SimpleNamespace  # what is shown of a contact
LockedRow = Mapping[str, Any]  # all columns of a contact that nobody else can change meanwhile

MAX_CONTACT_ID: Final = 2**31 - 1

_HIDDEN: Final = {"owner_id", "sort_name", "search", "search_long", "birth_key", "uid"}
# What is shown of a contact; whose it is and what it is found by are not.
SHOWN_COLUMNS: Final = tuple(each for each in Contact.__table__.columns if each.name not in _HIDDEN)
# The beginning of a statement for them, put together once: two dozen columns are not for nothing.
SELECT_SHOWN: Final = select(*SHOWN_COLUMNS)

# Tags and search texts by id, out of one JSON parameter: one statement for many contacts.
_TAGGED: Final = select(
    func.json_to_recordset(bindparam("drafts", type_=JSON))
    .table_valued(
        column("id", Integer),
        column("tags", ARRAY(Text)),
        column("search", Text),
        column("search_long", Text),
    )
    .render_derived(name="drafts", with_types=True)
)

_MOMENTS: Final = ("created_at", "updated_at", "deleted_at")


def fetch_rows(connection: Connection, statement: Select[Any]) -> list[SimpleNamespace]:
    """All rows of a statement, in its order.

    PostgreSQL makes one JSON text of them, and one parser in C reads it: a row of two dozen columns
    costs the driver ten times as much.
    """
    page = statement.subquery("page")
    whole = select(cast(func.json_agg(page.table_valued()), Text))
    rows = from_json(connection.scalar(whole) or "[]")
    return [_with_moments(SimpleNamespace(**row)) for row in rows]


def _with_moments(row: SimpleNamespace) -> SimpleNamespace:
    """JSON has no moments: they come as text."""
    columns = vars(row)
    for name in _MOMENTS:
        if columns.get(name):
            columns[name] = datetime.fromisoformat(columns[name])
    return row


class ContactRepository:
    """One owner's contacts, one by one."""

    def __init__(self, connection: Connection, owner_id: UUID) -> None:
        self._connection = connection
        self._owner_id = owner_id

    def get(self, contact_id: int) -> StoredContact | None:
        """A living contact, as it is shown."""
        statement = SELECT_SHOWN.where(self._one(contact_id), Contact.deleted_at.is_(None))
        return self._connection.execute(statement).one_or_none()

    def lock(self, contact_id: int) -> LockedRow | None:
        """A contact with all its columns, living or in the trash, kept from others until commit."""
        statement = select(Contact).where(self._one(contact_id)).with_for_update()
        row = self._connection.execute(statement).one_or_none()
        return row._asdict() if row else None

    def lock_many(self, contact_ids: Sequence[int]) -> dict[int, LockedRow]:
        """Contacts by their ids, living or in the trash, kept from others until commit."""
        statement = (
            select(Contact)
            .where(self._mine(), Contact.id.in_(contact_ids))
            .order_by(Contact.id)
            .with_for_update()
        )
        return {row.id: row._asdict() for row in self._connection.execute(statement)}

    def change(self, contact_id: int, draft: Draft, at: datetime) -> StoredContact:
        """Write some columns of a contact that is locked, and show it."""
        statement = self._changed(contact_id, draft, at).returning(*SHOWN_COLUMNS)
        return self._connection.execute(statement).one()

    def bury(self, contact_ids: Sequence[int], at: datetime) -> None:
        """Move living contacts, which are locked, to the trash."""
        self._connection.execute(self._moved(contact_ids, deleted_at=at, updated_at=at))
        self._count_living(-len(contact_ids))

    def raise_up(self, contact_ids: Sequence[int], at: datetime, most_living: int) -> bool:
        """Bring locked contacts back from the trash; false: the owner has no room for them."""
        if not self._count_living(len(contact_ids), most_living):
            return False
        self._connection.execute(self._moved(contact_ids, deleted_at=None, updated_at=at))
        return True

    def retag(self, drafts: Sequence[Draft], at: datetime) -> None:
        """Write the tags of locked contacts, each of the drafts with its ``id``."""
        draft = _TAGGED.params(drafts=list(drafts)).subquery("draft")
        statement = (
            update(Contact)
            .where(self._mine(), Contact.id == draft.c.id)
            .values(tags=draft.c.tags, search=draft.c.search, search_long=draft.c.search_long)
            .values(version=Contact.version + 1, updated_at=at)
        )
        self._connection.execute(statement)

    def remove(self, contact_id: int) -> list[str | None] | None:
        """Remove a contact from the trash for good.

        Returns:
            The provider's ids of its pictures; ``None``: it is not in the trash.
        """
        trashed = Contact.deleted_at.is_not(None)
        statement = delete(Contact).where(self._one(contact_id), trashed)
        shown = statement.returning(Contact.photo_public_id)
        row = self._connection.execute(shown).one_or_none()
        return list(row) if row else None

    def _count_living(self, more: int, most: int | None = None) -> bool:
        living = User.contacts_living + more
        statement = update(User).where(User.id == self._owner_id).values(contacts_living=living)
        if most is not None:
            statement = statement.where(living <= most)
        return self._connection.execute(statement.returning(User.id)).first() is not None

    def _changed(self, contact_id: int, draft: Draft, at: datetime) -> Update:
        version = Contact.version + 1
        return (
            update(Contact)
            .where(self._one(contact_id))
            .values(**draft, version=version, updated_at=at)
        )

    def _moved(self, contact_ids: Sequence[int], **values: Any) -> Update:
        chosen = and_(self._mine(), Contact.id.in_(contact_ids))
        return update(Contact).where(chosen).values(version=Contact.version + 1, **values)

    def _one(self, contact_id: int) -> ColumnElement[bool]:
        return and_(self._mine(), Contact.id == contact_id)

    def _mine(self) -> ColumnElement[bool]:
        return Contact.owner_id == self._owner_id
