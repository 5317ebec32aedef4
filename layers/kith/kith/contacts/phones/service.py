"""The parts of a contact that have addresses of their own: its phones and its tags."""

from dataclasses import dataclass

from kith.contacts.entities import PhoneEntry
from kith.contacts.fields import MAX_PHONES, MAX_TAGS
from kith.contacts.mapper import write_phones
from kith.contacts.models import Contact
from kith.contacts.schemas import ListedPhoneWrite, PhoneWrite
from kith.contacts.search.folding import distinct_tags, tag_key
from kith.contacts.service import ContactService
from kith.errors import Conflict, Invalid, NotFound
from kith.etags import Precondition


class PhoneNotFound(NotFound):
    code = "phone_not_found"
    detail = "This contact has no such phone."


class PhoneAlreadyThere(Conflict):
    code = "phone_already_there"
    detail = "This contact has that number already."


class TooManyPhones(Invalid):
    code = "too_many_phones"
    detail = f"A contact has at most {MAX_PHONES} phones."


class TagNotFound(NotFound):
    code = "tag_not_found"
    detail = "This contact has no such tag."


class TooManyTags(Invalid):
    code = "too_many_tags"
    detail = f"A contact has at most {MAX_TAGS} tags."


@dataclass(frozen=True, slots=True)
class WrittenPhone:
    """A phone that was written, whether it is a new one, and its contact as it is now."""

    phone: PhoneEntry
    is_new: bool
    contact: Contact


@dataclass(frozen=True, slots=True)
class ContactParts:
    """The parts of one contact that is about to change."""

    service: ContactService
    contact_id: int
    precondition: Precondition

    def add_phone(self, payload: PhoneWrite) -> WrittenPhone:
        """One more phone; a number that is there already stays the phone that it is.

        Raises:
            TooManyPhones: the contact has as many as it can have.
        """
        contact = self._lock()
        before = len(contact.phones)
        *_, phone_id = self._write([*_as_listed(contact), _listed(None, payload)], contact)
        if len(contact.phones) > MAX_PHONES:
            raise TooManyPhones
        self.service.save(contact)
        return WrittenPhone(_phone(contact, phone_id), len(contact.phones) > before, contact)

    def replace_phone(self, phone_id: int, payload: PhoneWrite) -> WrittenPhone:
        """Another number in the place of one.

        Raises:
            PhoneNotFound: there is no such phone.
            PhoneAlreadyThere: the number is that of another phone of this contact.
        """
        contact = self._lock()
        before = contact.phones
        if phone_id not in {entry.id for entry in before}:
            raise PhoneNotFound
        changed = _listed(phone_id, payload)
        listed = [changed if each.id == phone_id else each for each in _as_listed(contact)]
        self._write(listed, contact)
        if len(contact.phones) < len(before):
            raise PhoneAlreadyThere
        self.service.save(contact)
        return WrittenPhone(_phone(contact, phone_id), False, contact)

    def remove_phone(self, phone_id: int) -> None:
        """Raises PhoneNotFound when there is no such phone."""
        contact = self._lock()
        left = tuple(entry for entry in contact.phones if entry.id != phone_id)
        if len(left) == len(contact.phones):
            raise PhoneNotFound
        contact.phones = left
        self.service.save(contact)

    def add_tag(self, tag: str) -> Contact:
        """The contact with a tag that it may have had already.

        Raises:
            TooManyTags: the contact has as many as it can have.
        """
        contact = self._lock()
        contact.tags = distinct_tags([*contact.tags, tag])
        if len(contact.tags) > MAX_TAGS:
            raise TooManyTags
        return self.service.save(contact)

    def remove_tag(self, tag: str) -> None:
        """Raises TagNotFound when the contact does not have it."""
        contact = self._lock()
        left = [each for each in contact.tags if tag_key(each) != tag_key(tag)]
        if len(left) == len(contact.tags):
            raise TagNotFound
        contact.tags = left
        self.service.save(contact)

    def _lock(self) -> Contact:
        return self.service.lock(self.contact_id, self.precondition)

    def _write(self, phones: list[ListedPhoneWrite], contact: Contact) -> list[int]:
        return write_phones(contact, phones, self.service.owner.region)


def _phone(contact: Contact, phone_id: int) -> PhoneEntry:
    return next(entry for entry in contact.phones if entry.id == phone_id)


def _as_listed(contact: Contact) -> list[ListedPhoneWrite]:
    return [
        ListedPhoneWrite(id=entry.id, number=entry.number, label=entry.label)
        for entry in contact.phones
    ]


def _listed(phone_id: int | None, payload: PhoneWrite) -> ListedPhoneWrite:
    return ListedPhoneWrite(id=phone_id, number=payload.number, label=payload.label)
