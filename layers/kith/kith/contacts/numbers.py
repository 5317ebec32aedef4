"""The phones of one contact: which of them keep their ids, which are the same number twice.

Pure. An id is stable within the contact and is never given to another number later.
"""

from collections.abc import Sequence
from typing import Any

from kith.contacts import phones
from kith.contacts.phones import Phone
from kith.contacts.schemas import ListedPhoneWrite
from kith.errors import Fault, Invalid

StoredPhone = dict[str, Any]


class PhoneUnknown(Invalid):
    code = "phone_unknown"
    detail = "This contact has no phone with that id."

    def __init__(self, place: int) -> None:
        super().__init__(faults=[Fault(f"/phones/{place}/id", self.code, self.detail)])


class Numbers:
    """The phones of a contact while they are being written.

    Attributes:
        listed: as they are stored and shown.
        made: how many ids were ever given in this contact.
        understood: what each of the listed means.
    """

    def __init__(
        self, region: str | None, known: Sequence[StoredPhone] = (), made: int = 0
    ) -> None:
        self.listed: list[StoredPhone] = []
        self.understood: list[Phone] = []
        self.made = made
        self._region = region
        self._known: dict[int, StoredPhone] = {each["id"]: each for each in known}

    def write(self, sent: Sequence[ListedPhoneWrite]) -> None:
        """List what was sent.

        Raises:
            PhoneUnknown: an id was sent that the contact does not have.
        """
        for place, each in enumerate(sent):
            if each.id is not None and each.id not in self._known:
                raise PhoneUnknown(place)
        spoken_for = {each.id for each in sent}
        for each in sent:
            phone = self._understand(each.number)
            if not self._has(phone):
                self._add(each, phone, each.id or self._id_of(phone, spoken_for))

    def _understand(self, number: str) -> Phone:
        """A number that nobody touched stays what it was, wherever its owner moved since."""
        same = (each for each in self._known.values() if each["number"] == number)
        before = next(same, None)
        if before is None or before["e164"] is None:
            return phones.understand(number, self._region)
        known = phones.understand(before["e164"], None)
        return known._replace(number=number, extension=before["extension"])

    def _has(self, phone: Phone) -> bool:
        return any(
            (each.e164 or each.number, each.extension)
            == (phone.e164 or phone.number, phone.extension)
            for each in self.understood
        )

    def _id_of(self, phone: Phone, spoken_for: set[int | None]) -> int:
        for phone_id, each in self._known.items():
            same = each["number"] == phone.number or (phone.e164 and each["e164"] == phone.e164)
            if same and phone_id not in spoken_for:
                spoken_for.add(phone_id)
                return phone_id
        self.made += 1
        return self.made

    def _add(self, sent: ListedPhoneWrite, phone: Phone, phone_id: int) -> None:
        self.understood.append(phone)
        self.listed.append(
            {
                "id": phone_id,
                "number": phone.number,
                "e164": phone.e164,
                "extension": phone.extension,
                "label": sent.label,
            }
        )
