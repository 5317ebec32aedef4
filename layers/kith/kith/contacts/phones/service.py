"""The parts of a contact that have addresses of their own: its phones and its tags."""

from collections.abc import Sequence
from dataclasses import dataclass

from kith.contacts.fields import MAX_PHONES, MAX_TAGS
from kith.contacts.mapper import draft_phones, draft_tags
from kith.contacts.phones.phone_list import PhoneList, StoredPhone
from kith.contacts.repository import LockedRow
from kith.contacts.schemas import ListedPhoneWrite, PhoneWrite
from kith.contacts.service import ContactService, ContactView
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
class PhoneWritten:
    """A phone that was written: which, whether it is a new one, and its contact as it is now."""

    phone_id: int
    is_new: bool
    contact: ContactView

    @property
    def phone(self) -> StoredPhone:
        return next(each for each in self.contact["phones"] if each["id"] == self.phone_id)


@dataclass(frozen=True, slots=True)
class ContactParts:
    """The parts of one contact, in a book that is about to change."""

    book: ContactService
    contact_id: int
    met: Precondition

    def add_phone(self, sent: PhoneWrite) -> PhoneWritten:
        """One more phone; a number that is there already stays the phone that it is.

        Raises:
            TooManyPhones: the contact has as many as it can have.
        """
        stored = self._stored()
        before = _as_sent(stored)
        numbers = self._numbers(stored)
        *_, phone_id = numbers.write([*before, _listed(None, sent)])
        if len(numbers.listed) > MAX_PHONES:
            raise TooManyPhones
        is_new = len(numbers.listed) > len(before)
        return PhoneWritten(phone_id, is_new, self._renumber(stored, numbers))

    def replace_phone(self, phone_id: int, sent: PhoneWrite) -> PhoneWritten:
        """Another number in the place of one.

        Raises:
            PhoneNotFound: there is no such phone.
            PhoneAlreadyThere: the number is that of another phone of this contact.
        """
        stored = self._stored()
        before = _as_sent(stored)
        if phone_id not in {each.id for each in before}:
            raise PhoneNotFound
        numbers = self._numbers(stored)
        numbers.write([_listed(phone_id, sent) if each.id == phone_id else each for each in before])
        if len(numbers.listed) < len(before):
            raise PhoneAlreadyThere
        return PhoneWritten(phone_id, False, self._renumber(stored, numbers))

    def remove_phone(self, phone_id: int) -> None:
        """Raises PhoneNotFound when there is no such phone."""
        stored = self._stored()
        before = _as_sent(stored)
        left = [each for each in before if each.id != phone_id]
        if len(left) == len(before):
            raise PhoneNotFound
        numbers = self._numbers(stored)
        numbers.write(left)
        self._renumber(stored, numbers)

    def add_tag(self, tag: str) -> ContactView:
        """The contact with a tag that it may have had already.

        Raises:
            TooManyTags: the contact has as many as it can have.
        """
        stored = self._stored()
        tags = list(dict.fromkeys([*stored["tags"], tag]))
        if len(tags) > MAX_TAGS:
            raise TooManyTags
        return self._retag(stored, tags)

    def remove_tag(self, tag: str) -> None:
        """Raises TagNotFound when the contact does not have it."""
        stored = self._stored()
        if tag not in stored["tags"]:
            raise TagNotFound
        self._retag(stored, [each for each in stored["tags"] if each != tag])

    def _stored(self) -> LockedRow:
        return self.book.living(self.contact_id, self.met)

    def _numbers(self, stored: LockedRow) -> PhoneList:
        return PhoneList(self.book.owner.region, stored["phones"], stored["phones_made"])

    def _renumber(self, stored: LockedRow, numbers: PhoneList) -> ContactView:
        return self.book.write(self.contact_id, draft_phones(numbers, stored))

    def _retag(self, stored: LockedRow, tags: Sequence[str]) -> ContactView:
        return self.book.write(self.contact_id, draft_tags(list(tags), stored))


def _as_sent(stored: LockedRow) -> list[ListedPhoneWrite]:
    return [
        ListedPhoneWrite(id=each["id"], number=each["number"], label=each["label"])
        for each in stored["phones"]
    ]


def _listed(phone_id: int | None, sent: PhoneWrite) -> ListedPhoneWrite:
    return ListedPhoneWrite(id=phone_id, number=sent.number, label=sent.label)
