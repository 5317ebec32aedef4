"""Values of the contacts that are no rows: whose they are, and what their lists are made of."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of an address book.

    Attributes:
        id: the user's id.
        today: the date on their wall calendar.
        leap_day: when they keep 29 February in common years: ``feb28`` or ``mar1``.
        region: where they dial national phone numbers (ISO 3166), if we know.
    """

    id: UUID
    today: date
    leap_day: str
    region: str | None


@dataclass(frozen=True, slots=True)
class EmailEntry:
    """One e-mail address of a contact."""

    address: str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class PhoneEntry:
    """One phone number of a contact.

    Attributes:
        id: stable within the contact.
        number: as typed.
        e164: ``+380671234567``, or None where nobody can tell.
        extension: the digits after ``ext.`` and the like.
    """

    id: int
    number: str
    e164: str | None = None
    extension: str | None = None
    label: str | None = None
