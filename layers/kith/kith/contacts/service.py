"""What may be done with one contact, and what must hold when it is done."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from kith.accounts.orphaned_pictures import record_orphans
from kith.contacts.creation_repository import ContactCreation
from kith.contacts.details.entities import NO_DETAILS, ContactDetails
from kith.contacts.entities import Owner
from kith.contacts.mapper import ContactPayload, apply_replacement, apply_update, new_contact
from kith.contacts.models import Contact
from kith.contacts.quotas import address_book_full, quota_limits, quota_refusal
from kith.contacts.relations.service import (
    RelationLinks,
    name_in_relations,
    relink_restored,
    unlink_trashed,
)
from kith.contacts.repository import ContactRepository
from kith.contacts.rows import ContactRow, fetch_row
from kith.contacts.schemas import ContactCreate, ContactUpdate
from kith.errors import Conflict, Fault, Invalid, NotFound
from kith.etags import Precondition


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


def require_contact(connection: Connection, owner_id: UUID, contact_id: int) -> ContactRow:
    """One living contact.

    Raises:
        ContactNotFound: the owner has no such contact.
    """
    row = fetch_row(connection, owner_id, contact_id)
    if row is None:
        raise ContactNotFound
    return row


@dataclass(frozen=True, slots=True)
class ContactService:
    """One owner's contacts, about to change, in one transaction and at one moment."""

    session: Session
    owner: Owner
    at: datetime

    @property
    def contacts(self) -> ContactRepository:
        return ContactRepository(self.session, self.owner.id)

    def create(self, payload: ContactCreate) -> Contact:
        """Store a new contact.

        Raises:
            QuotaUsedUp: the owner has no room for it.
            NotBornYet: the birthday lies in the future.
        """
        self._check_birthday(payload)
        contact = new_contact(payload, self.owner.region)
        links = RelationLinks(self.contacts, contact, NO_DETAILS)
        links.check(None)
        links.name_others()
        creation = ContactCreation(self.session.connection(), self.owner.id, quota_limits())
        if not creation.create([contact], self.at, counted=True):
            raise quota_refusal(creation.usage(), quota_limits(), self.at)
        links.mirror(self.at)
        return contact

    def replace(
        self, contact_id: int, payload: ContactCreate, precondition: Precondition
    ) -> Contact:
        """Write everything about a contact; phones keep their ids."""
        self._check_birthday(payload)
        contact = self.lock(contact_id, precondition)
        before = contact.details, name_in_relations(contact)
        apply_replacement(contact, payload, self.owner.region)
        return self._save_with_links(contact, *before)

    def update(
        self, contact_id: int, payload: ContactUpdate, precondition: Precondition
    ) -> Contact:
        """Write what was sent and nothing else, whatever others change at the same time."""
        self._check_birthday(payload)
        contact = self.lock(contact_id, precondition)
        before = contact.details, name_in_relations(contact)
        apply_update(contact, payload, self.owner.region)
        return self._save_with_links(contact, *before)

    def delete(self, contact_id: int, precondition: Precondition) -> None:
        """Move a contact to the trash."""
        contact = self.lock(contact_id, precondition)
        unlink_trashed(self.contacts, {contact_id: contact}, self.at)
        self.contacts.move_to_trash([contact_id], self.at)

    def restore(self, contact_id: int) -> Contact:
        """Bring a contact back from the trash.

        Raises:
            NotInTrash: it is alive.
            QuotaUsedUp: the address book is full.
        """
        contact = self.contacts.lock(contact_id)
        if contact is None:
            raise ContactNotFound
        if contact.deleted_at is None:
            raise NotInTrash
        if relink_restored(self.contacts, {contact_id: contact}, self.at):
            self.session.refresh(contact)
        if not self.contacts.restore([contact_id], self.at, quota_limits().most_living):
            raise address_book_full()
        return contact

    def purge(self, contact_id: int) -> None:
        """Remove a contact from the trash for good."""
        pictures = self.contacts.purge(contact_id)
        if pictures is None:
            raise ContactNotFound
        record_orphans(self.session.connection(), pictures, self.at)

    def lock(self, contact_id: int, precondition: Precondition) -> Contact:
        """A living contact, kept from others until this transaction ends.

        Raises:
            ContactNotFound: the owner has no such contact.
            PreconditionFailed: it is not the version that the client knows.
        """
        contact = self.contacts.lock(contact_id)
        if contact is None or contact.deleted_at is not None:
            raise ContactNotFound
        precondition(contact.version)
        return contact

    def save(self, contact: Contact) -> Contact:
        """Write what was changed of a locked contact."""
        self.contacts.save(contact, self.at)
        return contact

    def _save_with_links(
        self, contact: Contact, before: ContactDetails, name_before: str
    ) -> Contact:
        """Save a contact, and the other side of its relations where they or its name changed."""
        after = (contact.details.relations, name_in_relations(contact))
        if after != (before.relations, name_before):
            links = RelationLinks(self.contacts, contact, before)
            links.check(contact.id)
            links.name_others()
            links.mirror(self.at)
        return self.save(contact)

    def _check_birthday(self, payload: ContactPayload) -> None:
        if payload.birthday and payload.birthday.is_after(self.owner.today):
            raise NotBornYet
