"""What may be done with one contact, and what must hold when it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection

from kith.accounts.orphans import abandon
from kith.contacts import answers, birthdates, drafting
from kith.contacts.admission import Admission
from kith.contacts.drafting import Draft
from kith.contacts.owner import Owner
from kith.contacts.quotas import full, quota, refusal
from kith.contacts.repository import ContactRepository, Locked
from kith.contacts.schemas import ContactCreate, ContactUpdate
from kith.errors import Conflict, Fault, Invalid, NotFound

# Raises PreconditionFailed when the version that a client knows is not the one that holds.
Precondition = Callable[[int], None]
Shown = dict[str, Any]


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


def show(connection: Connection, owner: Owner, contact_id: int) -> Shown:
    """One living contact.

    Raises:
        ContactNotFound: the owner has no such contact.
    """
    row = ContactRepository(connection, owner.id).get(contact_id)
    if row is None:
        raise ContactNotFound
    return answers.contact(row, owner)


@dataclass(frozen=True, slots=True)
class Book:
    """One owner's contacts, about to change, in one transaction and at one moment."""

    connection: Connection
    owner: Owner
    at: datetime

    @property
    def contacts(self) -> ContactRepository:
        return ContactRepository(self.connection, self.owner.id)

    def create(self, sent: ContactCreate) -> Shown:
        """A new contact.

        Raises:
            QuotaUsedUp: the owner has no room for it.
            NotBornYet: the birthday lies in the future.
        """
        self._check_birthday(sent)
        draft = drafting.whole(sent, self.owner.region)
        admission = Admission(self.connection, self.owner.id, quota())
        ids = admission.admit([draft], self.at, counted=True)
        if not ids:
            raise refusal(admission.usage(), quota(), self.at)
        return self._as_new(ids[0], draft)

    def replace(self, contact_id: int, sent: ContactCreate, met: Precondition) -> Shown:
        """Put another contact in the place of this one; phones keep their ids."""
        self._check_birthday(sent)
        stored = self.living(contact_id, met)
        return self.write(contact_id, drafting.whole(sent, self.owner.region, stored))

    def patch(self, contact_id: int, sent: ContactUpdate, met: Precondition) -> Shown:
        """Change what was sent and nothing else, whatever others change at the same time."""
        self._check_birthday(sent)
        stored = self.living(contact_id, met)
        return self.write(contact_id, drafting.patched(sent, self.owner.region, stored))

    def bury(self, contact_id: int, met: Precondition) -> None:
        """Move a contact to the trash."""
        self.living(contact_id, met)
        self.contacts.bury([contact_id], self.at)

    def restore(self, contact_id: int) -> Shown:
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
        if not self.contacts.raise_up([contact_id], self.at, quota().most_living):
            raise full()
        return show(self.connection, self.owner, contact_id)

    def remove(self, contact_id: int) -> None:
        """Remove a contact from the trash for good."""
        removed = self.contacts.remove(contact_id)
        if removed is None:
            raise ContactNotFound
        abandon(self.connection, removed, self.at)

    def living(self, contact_id: int, met: Precondition) -> Locked:
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

    def write(self, contact_id: int, draft: Draft) -> Shown:
        """Write the columns of a draft to a locked contact."""
        return answers.contact(self.contacts.change(contact_id, draft, self.at), self.owner)

    def _check_birthday(self, sent: ContactCreate | ContactUpdate) -> None:
        if sent.birthday and birthdates.is_after(birthdates.read(sent.birthday), self.owner.today):
            raise NotBornYet

    def _as_new(self, contact_id: int, draft: Draft) -> Shown:
        times = {"created_at": self.at, "updated_at": self.at}
        new = {"id": contact_id, "version": 1, "photo_url": None, **times, **draft}
        return answers.contact(SimpleNamespace(**new), self.owner)
