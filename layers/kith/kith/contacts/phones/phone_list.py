"""The phones of one contact: which of them keep their ids, which are the same number twice.

Pure. An id is stable within the contact and is never given to another number later.
"""

from collections.abc import Sequence

from kith.contacts.entities import PhoneEntry
from kith.contacts.phones.number import ParsedPhone, parse_phone
from kith.contacts.schemas import ListedPhoneWrite
from kith.errors import Fault, Invalid


class PhoneUnknown(Invalid):
    code = "phone_unknown"
    detail = "This contact has no such phone, or it is listed twice."

    def __init__(self, place: int) -> None:
        super().__init__(faults=[Fault(f"/phones/{place}/id", self.code, self.detail)])


class PhoneNumbers:
    """The phones of a contact while they are being written.

    Attributes:
        entries: as they are stored.
        made: how many ids were ever given in this contact.
    """

    def __init__(
        self, region: str | None, stored: Sequence[PhoneEntry] = (), made: int = 0
    ) -> None:
        self.entries: tuple[PhoneEntry, ...] = ()
        self.made = made
        self._region = region
        self._stored = stored
        self._free = {entry.id for entry in stored}

    def write(self, payload: Sequence[ListedPhoneWrite]) -> list[int]:
        """List the numbers of a request; equal ones collapse into the first.

        Returns:
            For each number of the request the id that it has now.

        Raises:
            PhoneUnknown: an id was sent that the contact does not have.
        """
        for place, phone in enumerate(payload):
            if phone.id is not None:
                self._claim(phone.id, place)
        return [self._list(phone, self._parse(phone.number)) for phone in payload]

    def _claim(self, phone_id: int, place: int) -> None:
        if phone_id not in self._free:
            raise PhoneUnknown(place)
        self._free.remove(phone_id)

    def _parse(self, number: str) -> ParsedPhone:
        """A number that nobody touched stays what it was, wherever its owner moved since."""
        before = next((entry for entry in self._stored if entry.number == number), None)
        if before is None or before.e164 is None:
            return parse_phone(number, self._region)
        return ParsedPhone(number, before.e164, before.extension)

    def _list(self, phone: ListedPhoneWrite, parsed: ParsedPhone) -> int:
        for entry in self.entries:
            if _identity(entry) == _identity(parsed):
                return entry.id
        entry = PhoneEntry(phone.id or self._id_for(parsed), *parsed, phone.label)
        self.entries = (*self.entries, entry)
        return entry.id

    def _id_for(self, parsed: ParsedPhone) -> int:
        for entry in self._stored:
            same = entry.number == parsed.number or (parsed.e164 and entry.e164 == parsed.e164)
            if same and entry.id in self._free:
                self._free.remove(entry.id)
                return entry.id
        self.made += 1
        return self.made


def _identity(phone: ParsedPhone | PhoneEntry) -> tuple[str, str | None]:
    return (phone.e164 or phone.number, phone.extension)
