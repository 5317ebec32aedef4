"""One person as a file describes them, before the address book's own rules are asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from kith.birthdate import Birthdate
from kith.contacts.details.entities import NO_DETAILS, ContactDetails

MAX_PHOTO_BYTES: Final = 4 * 1024 * 1024


class LabelledValue(NamedTuple):
    """An e-mail address or a phone number, with its owner's word for it."""

    value: str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """Immutable value: what was read of one card, one row or one item.

    Attributes:
        line: where it begins in the file, from 1; for JSON which item it is, from 1.
        uid: the source's own name for the person, if it has one.
        details: as a contact has them.
        extra: what no field takes; JSON, nested at most `MAX_NESTING` deep.
        remarks: codes of what was changed on the way in, each once.
        photo: the bytes of a picture that came with it.
        photo_url: where the address book shows the picture; only written.
        revised_at: of one that we wrote, when its contact had been changed last, in whole seconds.
        failure: the code of why no contact can be made of it, or None.
    """

    line: int
    uid: str | None = None
    first_name: str = ""
    last_name: str = ""
    emails: tuple[LabelledValue, ...] = ()
    phones: tuple[LabelledValue, ...] = ()
    birthday: Birthdate | None = None
    tags: tuple[str, ...] = ()
    favourite: bool = False
    muted: bool = False
    deceased: bool = False
    lead_days: tuple[int, ...] | None = None
    notes: str = ""
    details: ContactDetails = NO_DETAILS
    extra: Mapping[str, object] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    photo: bytes | None = None
    photo_url: str | None = None
    revised_at: datetime | None = field(default=None, compare=False)
    failure: str | None = None

    def detail(self, name: str) -> str:
        """One of the details that are texts, or nothing."""
        return getattr(self.details, name) or ""

    def extra_text(self, key: str) -> str:
        """What `extra` has under a key if that is one text, else nothing."""
        value = self.extra.get(key)
        return value if isinstance(value, str) else ""
