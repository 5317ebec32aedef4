"""One owner's contacts in the database. Nobody else's can be reached from here.

Rows are locked in one order, so that nobody waits in a circle: contacts by id, then their owner.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Update, and_, select, update

from kith.accounts.models import users
from kith.contacts.drafting import Draft
from kith.contacts.models import contacts

Stored = Row[Any]  # what is shown of a contact
Locked = Mapping[str, Any]  # all columns of a contact that nobody else can change meanwhile

_HIDDEN: Final = {"owner_id", "sort_name", "search", "birth_key", "uid"}
# What is shown of a contact; whose it is and what it is found by are not.
SHOWN: Final = tuple(each for each in contacts.columns if each.name not in _HIDDEN)


class ContactRepository:
    """One owner's contacts, one by one."""

    def __init__(self, connection: Connection, owner_id: UUID) -> None:
        self._connection = connection
        self._owner_id = owner_id

    def get(self, contact_id: int) -> Stored | None:
        """A living contact, as it is shown."""
        statement = select(*SHOWN).where(self._one(contact_id), contacts.c.deleted_at.is_(None))
        return self._connection.execute(statement).one_or_none()

    def lock(self, contact_id: int) -> Locked | None:
        """A contact with all its columns, living or in the trash, kept from others until commit."""
        statement = select(contacts).where(self._one(contact_id)).with_for_update()
        row = self._connection.execute(statement).one_or_none()
        return row._asdict() if row else None

    def lock_many(self, contact_ids: Sequence[int]) -> dict[int, Locked]:
        """Contacts by their ids, living or in the trash, kept from others until commit."""
        statement = (
            select(contacts)
            .where(self._mine(), contacts.c.id.in_(contact_ids))
            .order_by(contacts.c.id)
            .with_for_update()
        )
        return {row.id: row._asdict() for row in self._connection.execute(statement)}

    def change(self, contact_id: int, draft: Draft, at: datetime) -> Stored:
        """Write some columns of a contact that is locked, and show it."""
        statement = self._changed(contact_id, draft, at).returning(*SHOWN)
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

    def remove(self, contact_id: int) -> bool:
        """Remove a contact from the trash for good; false: it is not there."""
        statement = (
            contacts.delete()
            .where(self._one(contact_id), contacts.c.deleted_at.is_not(None))
            .returning(contacts.c.id)
        )
        return self._connection.scalar(statement) is not None

    def _count_living(self, more: int, most: int | None = None) -> bool:
        living = users.c.contacts_living + more
        statement = update(users).where(users.c.id == self._owner_id).values(contacts_living=living)
        if most is not None:
            statement = statement.where(living <= most)
        return self._connection.execute(statement.returning(users.c.id)).first() is not None

    def _changed(self, contact_id: int, draft: Draft, at: datetime) -> Update:
        version = contacts.c.version + 1
        return (
            update(contacts)
            .where(self._one(contact_id))
            .values(**draft, version=version, updated_at=at)
        )

    def _moved(self, contact_ids: Sequence[int], **values: Any) -> Update:
        chosen = and_(self._mine(), contacts.c.id.in_(contact_ids))
        return update(contacts).where(chosen).values(version=contacts.c.version + 1, **values)

    def _one(self, contact_id: int) -> ColumnElement[bool]:
        return and_(self._mine(), contacts.c.id == contact_id)

    def _mine(self) -> ColumnElement[bool]:
        return contacts.c.owner_id == self._owner_id
