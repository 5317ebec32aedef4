"""The phones of one contact: which of them keep their ids, which are the same number twice.

Pure. An id is stable within the contact and is never given to another number later.
"""

from collections.abc import Sequence
from typing import Any

from kith.contacts.phones.number import ParsedPhone, parse_phone
from kith.contacts.schemas import ListedPhoneWrite
from kith.errors import Fault, Invalid

StoredPhone = dict[str, Any]


class PhoneUnknown(Invalid):
    code = "phone_unknown"
    detail = "This contact has no such phone, or it is listed twice."

    def __init__(self, place: int) -> None:
        super().__init__(faults=[Fault(f"/phones/{place}/id", self.code, self.detail)])


class PhoneList:
    """The phones of a contact while they are being written.

    Attributes:
        listed: as they are stored and shown.
        understood: what each of the listed means.
        made: how many ids were ever given in this contact.
    """

    def __init__(
        self, region: str | None, known: Sequence[StoredPhone] = (), made: int = 0
    ) -> None:
        self.listed: list[StoredPhone] = []
        self.understood: list[ParsedPhone] = []
        self.made = made
        self._region = region
        self._known = known
        self._free = {each["id"] for each in known}

    def write(self, sent: Sequence[ListedPhoneWrite]) -> list[int]:
        """List what was sent; equal numbers collapse into the first.

        Returns:
            For each that was sent the id that it has now.

        Raises:
            PhoneUnknown: an id was sent that the contact does not have.
        """
        for place, each in enumerate(sent):
            if each.id is not None:
                self._take(each.id, place)
        return [self._list(each, self._understand(each.number)) for each in sent]

    def _take(self, phone_id: int, place: int) -> None:
        if phone_id not in self._free:
            raise PhoneUnknown(place)
        self._free.remove(phone_id)

    def _understand(self, number: str) -> ParsedPhone:
        """A number that nobody touched stays what it was, wherever its owner moved since."""
        before = next((each for each in self._known if each["number"] == number), None)
        if before is None or before["e164"] is None:
            return parse_phone(number, self._region)
        known = parse_phone(before["e164"], None)
        return known._replace(number=number, e164=before["e164"], extension=before["extension"])

    def _list(self, sent: ListedPhoneWrite, phone: ParsedPhone) -> int:
        for each, listed in zip(self.understood, self.listed, strict=True):
            if _same(each, phone):
                return int(listed["id"])
        self.understood.append(phone)
        self.listed.append(_stored(sent.id or self._id_for(phone), phone, sent.label))
        return int(self.listed[-1]["id"])

    def _id_for(self, phone: ParsedPhone) -> int:
        for each in self._known:
            same = each["number"] == phone.number or (phone.e164 and each["e164"] == phone.e164)
            if same and each["id"] in self._free:
                self._free.remove(each["id"])
                return int(each["id"])
        self.made += 1
        return self.made


def _same(one: ParsedPhone, other: ParsedPhone) -> bool:
    return (one.e164 or one.number, one.extension) == (other.e164 or other.number, other.extension)


def _stored(phone_id: int, phone: ParsedPhone, label: str | None) -> StoredPhone:
    return {
        "id": phone_id,
        "number": phone.number,
        "e164": phone.e164,
        "extension": phone.extension,
        "label": label,
    }
