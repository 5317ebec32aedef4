"""Response bodies of the birthdays routes."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from pydantic import ConfigDict, Field

from kith.contacts.schemas import CONTACT_EXAMPLE, Contact, ContactFields
from kith.schema_base import ResponseModel

_CONTACT: Final[dict[str, Any]] = {**CONTACT_EXAMPLE, "days_until_birthday": 2}
_FEED: Final[dict[str, Any]] = {
    "id": "6b1f2a52-0f0e-4a43-9a5e-1c1c7d0f7a11",
    "created_at": "2026-11-20T09:00:00Z",
    "last_read_on": "2026-11-24",
}
_URL: Final = "https://kith.example.com/feeds/pE3kq0vUhS9H2mVZb1sXrw7yJt4cNfDa6GoLiKuTeRw.ics"
_REMINDER: Final[dict[str, Any]] = {
    "local_date": "2027-05-17",
    "mode": "daily",
    "contact_id": 8,
    "name": "Іван Шевченко",
    "birthday_on": "2027-05-17",
    "days_before": 0,
    "state": "sent",
    "reason": None,
    "sent_to": "alice@example.com",
    "sent_at": "2027-05-17T06:00:02Z",
}


class UpcomingPage(ResponseModel):
    """Who has a birthday from `from` to `to`, both days included, soonest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "today": "2027-05-15",
                    "time_zone": "Europe/Kyiv",
                    "from": "2027-05-15",
                    "to": "2027-05-22",
                    "items": [_CONTACT],
                    "next_cursor": None,
                }
            ]
        }
    )

    today: date = Field(description="The date in `time_zone` at this moment.")
    time_zone: str = Field(description="IANA name.")
    from_: date = Field(alias="from")
    to: date
    items: list[Contact | ContactFields]
    next_cursor: str | None


class Feed(ResponseModel):
    """A secret calendar address, without its secret."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FEED]})

    id: UUID
    created_at: datetime
    last_read_on: date | None = Field(description="When a calendar program last read it (UTC).")


class NewFeed(Feed):
    """A secret calendar address, shown this once."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_FEED, "url": _URL}]})

    url: str = Field(description="Whoever knows it can read the birthdays. Shown only now.")


class FeedList(ResponseModel):
    """All calendar addresses of a user."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_FEED]}]})

    items: list[Feed]


class Reminder(ResponseModel):
    """One birthday that was to be announced, and what became of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REMINDER]})

    local_date: date = Field(description="The user's date on which it was due.")
    mode: str = Field(description="`per_contact`, `daily` or `weekly`.")
    contact_id: int
    name: str | None = Field(description="`null` when the contact is gone for good.")
    birthday_on: date = Field(description="The day on which the birthday is kept.")
    days_before: int
    state: str = Field(
        description="`planned`, `sent`, `unknown` (the mail service's answer was lost), `failed`, "
        "`dropped` (at the last moment there was a reason not to send it) or `expired` (the day "
        "went by before anything could be sent)."
    )
    reason: str | None = Field(description="Why it was not sent, in snake_case or SES's word.")
    sent_to: str | None
    sent_at: datetime | None


class ReminderPage(ResponseModel):
    """Reminders of a range of days, the latest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [_REMINDER], "next_cursor": None}]}
    )

    items: list[Reminder]
    next_cursor: str | None
