"""One owner's contacts in the database. Nobody else's can be reached from here.

Rows are locked in one order, so that nobody waits in a circle: contacts by id, then their owner.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Text,
    Uuid,
    bindparam,
    delete,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from kith.accounts.models import User
from kith.contacts.models import BULK_COLUMNS, Contact, Tombstone
from kith.contacts.rows import SELECT_ROW, ContactRow, fetch_rows

MAX_CONTACT_ID: Final = 2**31 - 1

_UPDATE_MANY: Final = text(f"""
UPDATE contacts SET ({", ".join(BULK_COLUMNS)}) =
    ROW({", ".join(f"changed.{name}" for name in BULK_COLUMNS)}),
    version = contacts.version + 1, updated_at = :at,
    changed_in = CAST(CAST(pg_current_xact_id() AS text) AS bigint)
FROM json_populate_recordset(CAST(NULL AS contacts), CAST(:rows AS json)) AS changed
WHERE contacts.owner_id = :owner_id AND contacts.id = changed.id
""").bindparams(  # noqa: S608 - names of our own columns, never a value
    bindparam("owner_id", type_=Uuid),
    bindparam("at", type_=DateTime(timezone=True)),
    bindparam("rows", type_=Text),
)


def purge_trashed(connection: Connection, chosen: ColumnElement[bool]) -> list[str | None]:
    """Remove contacts from the trash for good; a tombstone is left of each.

    Returns:
        For each contact the provider's id of its picture, if it had one.
    """
    gone = (
        delete(Contact)
        .where(chosen, Contact.deleted_at.is_not(None))
        .returning(
            *(Contact.owner_id, Contact.id, Contact.deleted_at, Contact.changed_in),
            Contact.photo_public_id,
        )
        .cte("gone")
    )
    columns = ("owner_id", "contact_id", "deleted_at", "changed_in")
    left = select(gone.c.owner_id, gone.c.id, gone.c.deleted_at, gone.c.changed_in)
    tombstones = insert(Tombstone).from_select(columns, left).cte("tombstones")
    return list(connection.scalars(select(gone.c.photo_public_id).add_cte(tombstones)))


class ContactRepository:
    """One owner's contacts, about to change."""

    def __init__(self, session: Session, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id

    def lock(self, contact_id: int) -> Contact | None:
        """A contact, living or in the trash, kept from others until commit."""
        statement = select(Contact).where(self._mine(), Contact.id == contact_id)
        return self._session.scalar(statement.with_for_update())

    def lock_many(self, contact_ids: Collection[int]) -> dict[int, ContactRow]:
        """Contacts by their ids, living or in the trash, kept from others until commit."""
        statement = SELECT_ROW.where(self._mine(), Contact.id.in_(contact_ids))
        locked = statement.order_by(Contact.id).with_for_update()
        return {row.id: row for row in fetch_rows(self._session.connection(), locked)}

    def save(self, contact: Contact, at: datetime) -> None:
        """Write what was changed of a locked contact; if nothing was, it keeps its version."""
        if self._session.is_modified(contact):
            contact.updated_at = at
            flag_modified(contact, "updated_at")
            self._session.flush()

    def save_many(self, contacts: Sequence[Contact], at: datetime) -> None:
        """Write copies of locked contacts, all of each, by one statement."""
        if not contacts:
            return
        rows = to_json([contact.bulk_values() for contact in contacts]).decode()
        values = {"owner_id": self._owner_id, "at": at, "rows": rows}
        self._session.connection().execute(_UPDATE_MANY, values)

    def move_to_trash(self, contact_ids: Collection[int], at: datetime) -> None:
        """Move living contacts, which are locked, to the trash."""
        self._set_deleted_at(contact_ids, at, at)
        self._count_living(-len(contact_ids))

    def restore(self, contact_ids: Collection[int], at: datetime, most_living: int) -> bool:
        """Bring locked contacts back from the trash; false: the owner has no room for them."""
        if not self._count_living(len(contact_ids), most_living):
            return False
        self._set_deleted_at(contact_ids, None, at)
        return True

    def purge(self, contact_id: int) -> list[str | None] | None:
        """Remove a contact from the trash for good.

        Returns:
            The provider's ids of its pictures; None: it is not in the trash.
        """
        connection = self._session.connection()
        return purge_trashed(connection, self._mine() & (Contact.id == contact_id)) or None

    def _count_living(self, more: int, most: int | None = None) -> bool:
        living = User.contacts_living + more
        statement = update(User).where(User.id == self._owner_id).values(contacts_living=living)
        if most is not None:
            statement = statement.where(living <= most)
        counted = self._session.connection().execute(statement.returning(User.id))
        return counted.first() is not None

    def _set_deleted_at(
        self, contact_ids: Collection[int], deleted_at: datetime | None, at: datetime
    ) -> None:
        values = {"deleted_at": deleted_at, "updated_at": at, "version": Contact.version + 1}
        chosen = update(Contact).where(self._mine(), Contact.id.in_(contact_ids))
        self._session.execute(chosen.values(values))  # what the session holds of them follows

    def _mine(self) -> ColumnElement[bool]:
        return Contact.owner_id == self._owner_id
