"""Whose contacts these are, as far as it matters for contacts."""

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
