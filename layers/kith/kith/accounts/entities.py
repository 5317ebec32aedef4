"""Values of the accounts that are no rows."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

Locale = Literal["en", "uk", "pl"]
ReminderMode = Literal["per_contact", "daily", "weekly"]

LOCALES: Final[tuple[Locale, ...]] = get_args(Locale)


@dataclass(frozen=True, slots=True)
class Caller:
    """The client of a request: its address as the gateway saw it, its user agent, the request."""

    origin: str
    device: str
    request_id: str = ""
