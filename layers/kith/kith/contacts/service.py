"""What may be done with one contact, and what must hold when it is done."""

from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection

from kith.accounts.orphaned_pictures import record_orphans
from kith.birthdate import is_after, parse_birthdate
from kith.contacts.creation_repository import ContactCreation
from kith.contacts.entities import Owner
from kith.contacts.mapper import Draft, draft_contact, draft_patch
from kith.contacts.presenter import present_contact
from kith.contacts.quotas import address_book_full, quota_limits, quota_refusal
from kith.contacts.repository import ContactRepository, LockedRow
from kith.contacts.schemas import ContactCreate, ContactUpdate
from kith.errors import Conflict, Fault, Invalid, NotFound
from kith.etags import Precondition

ContactView = dict[str, Any]


class ContactNotFound(NotFound):
    """Absent, or someone else's: nobody can tell which."""

    code = "contact_not_found"
    detail = "There is no such contact."


class NotInTrash(Conflict):
    code = "not_in_trash"
    detail = "This contact is not in the trash."


class NotBornYet(Invalid):
    code = "birthday_in_the_future"
    detail = "A birthday cannot lie in the future."

    def __init__(self) -> None:
        super().__init__(faults=[Fault("/birthday", self.code, self.detail)])


def get_contact_view(connection: Connection, owner: Owner, contact_id: int) -> ContactView:
    """One living contact.

    Raises:
        ContactNotFound: the owner has no such contact.
    """
    row = ContactRepository(connection, owner.id).get(contact_id)
    if row is None:
        raise ContactNotFound
    return present_contact(row, owner)


@dataclass(frozen=True, slots=True)
class ContactService:
    """One owner's contacts, about to change, in one transaction and at one moment."""

    connection: Connection
    owner: Owner
    at: datetime

    @property
    def contacts(self) -> ContactRepository:
        return ContactRepository(self.connection, self.owner.id)

    def create(self, sent: ContactCreate) -> ContactView:
        """A new contact.

        Raises:
            QuotaUsedUp: the owner has no room for it.
            NotBornYet: the birthday lies in the future.
        """
        self._check_birthday(sent)
        draft = draft_contact(sent, self.owner.region)
        admission = ContactCreation(self.connection, self.owner.id, quota_limits())
        ids = admission.admit([draft], self.at, counted=True)
        if not ids:
            raise quota_refusal(admission.usage(), quota_limits(), self.at)
        return self._as_new(ids[0], draft)

    def replace(self, contact_id: int, sent: ContactCreate, met: Precondition) -> ContactView:
        """Put another contact in the place of this one; phones keep their ids."""
        self._check_birthday(sent)
        stored = self.living(contact_id, met)
        return self.write(contact_id, draft_contact(sent, self.owner.region, stored))

    def patch(self, contact_id: int, sent: ContactUpdate, met: Precondition) -> ContactView:
        """Change what was sent and nothing else, whatever others change at the same time."""
        self._check_birthday(sent)
        stored = self.living(contact_id, met)
        return self.write(contact_id, draft_patch(sent, self.owner.region, stored))

    def bury(self, contact_id: int, met: Precondition) -> None:
        """Move a contact to the trash."""
        self.living(contact_id, met)
        self.contacts.bury([contact_id], self.at)

    def restore(self, contact_id: int) -> ContactView:
        """Bring a contact back from the trash.

        Raises:
            NotInTrash: it is alive.
            QuotaUsedUp: the address book is full.
        """
        stored = self.contacts.lock(contact_id)
        if stored is None:
            raise ContactNotFound
        if stored["deleted_at"] is None:
            raise NotInTrash
        if not self.contacts.raise_up([contact_id], self.at, quota_limits().most_living):
            raise address_book_full()
        return get_contact_view(self.connection, self.owner, contact_id)

    def remove(self, contact_id: int) -> None:
        """Remove a contact from the trash for good."""
        removed = self.contacts.remove(contact_id)
        if removed is None:
            raise ContactNotFound
        record_orphans(self.connection, removed, self.at)

    def living(self, contact_id: int, met: Precondition) -> LockedRow:
        """A living contact, kept from others until this transaction ends.

        Raises:
            ContactNotFound: the owner has no such contact.
            PreconditionFailed: it is not the version that the client knows.
        """
        stored = self.contacts.lock(contact_id)
        if stored is None or stored["deleted_at"] is not None:
            raise ContactNotFound
        met(stored["version"])
        return stored

    def write(self, contact_id: int, draft: Draft) -> ContactView:
        """Write the columns of a draft to a locked contact."""
        return present_contact(self.contacts.change(contact_id, draft, self.at), self.owner)

    def _check_birthday(self, sent: ContactCreate | ContactUpdate) -> None:
        if sent.birthday and is_after(parse_birthdate(sent.birthday), self.owner.today):
            raise NotBornYet

    def _as_new(self, contact_id: int, draft: Draft) -> ContactView:
        times = {"created_at": self.at, "updated_at": self.at}
        new = {"id": contact_id, "version": 1, "photo_url": None, **times, **draft}
        return present_contact(SimpleNamespace(**new), self.owner)
