"""One user's reminders in the database."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, select, update

from kith.accounts.models import User
from kith.birthdays.models import ReminderLogEntry
from kith.contacts.details.entities import ContactDetails
from kith.contacts.entities import PhoneEntry
from kith.contacts.models import Contact


class ReminderRecipient(NamedTuple):
    """What a reminder needs to know of its user."""

    email: str
    verified_at: datetime | None
    time_zone: str
    locale: str
    leap_day: str
    enabled: bool
    mode: str
    lead_days: list[int]
    unsubscribe_seed: bytes


class AnnouncedBirthday(NamedTuple):
    """A birthday that a letter was planned for, and the contact as it is now (or is not)."""

    contact_id: int
    occurrence: date
    lead: int
    found: int | None
    deleted_at: datetime | None
    muted: bool | None
    deceased: bool | None
    birth_year: int | None
    birth_key: int | None
    first_name: str | None
    last_name: str | None
    details: ContactDetails
    phones: Sequence[PhoneEntry] | None
    lead_days: list[int] | None


class ReminderRepository:
    """One user's reminders. Nobody else's can be reached from here."""

    def __init__(self, connection: Connection, user_id: UUID) -> None:
        self._connection = connection
        self._user_id = user_id

    def recipient(self) -> ReminderRecipient | None:
        statement = select(
            User.email,
            User.verified_at,
            User.time_zone,
            User.locale,
            User.leap_day,
            User.reminders_enabled,
            User.reminders_mode,
            User.lead_days,
            User.unsubscribe_seed,
        ).where(User.id == self._user_id, User.disabled_at.is_(None))
        row = self._connection.execute(statement).one_or_none()
        return ReminderRecipient._make(row) if row else None

    def announced(self, letter_id: int) -> list[AnnouncedBirthday]:
        """The birthdays that a letter was planned for, in the order in which it names them."""
        statement = (
            select(
                ReminderLogEntry.contact_id,
                ReminderLogEntry.occurrence,
                ReminderLogEntry.lead,
                Contact.id,
                Contact.deleted_at,
                Contact.muted,
                Contact.deceased,
                Contact.birth_year,
                Contact.birth_key,
                Contact.first_name,
                Contact.last_name,
                Contact.details,
                Contact.phones,
                Contact.lead_days,
            )
            .outerjoin_from(ReminderLogEntry, Contact, _THE_CONTACT)
            .where(self._mine(), ReminderLogEntry.letter_id == letter_id)
            .order_by(ReminderLogEntry.occurrence, Contact.sort_name, ReminderLogEntry.contact_id)
        )
        return [AnnouncedBirthday._make(row) for row in self._connection.execute(statement)]

    def record_outcome(
        self, letter_id: int, outcome: str | None, contact_ids: Sequence[int]
    ) -> None:
        """Log the reason why some birthdays are not in a letter; ``None``: they are in it."""
        self._connection.execute(
            update(ReminderLogEntry)
            .where(
                self._mine(),
                ReminderLogEntry.letter_id == letter_id,
                ReminderLogEntry.contact_id.in_(contact_ids),
                ReminderLogEntry.outcome.is_distinct_from(outcome),
            )
            .values(outcome=outcome)
        )

    def _mine(self) -> ColumnElement[bool]:
        return ReminderLogEntry.user_id == self._user_id


_THE_CONTACT = and_(
    Contact.owner_id == ReminderLogEntry.user_id, Contact.id == ReminderLogEntry.contact_id
)
