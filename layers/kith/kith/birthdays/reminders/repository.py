"""What the birthdays room reads and writes, each time for one user."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, and_, select, update

from kith.accounts.models import users
from kith.birthdays.models import reminder_log
from kith.contacts.models import contacts


class ReminderRecipient(NamedTuple):
    """A user, as somebody to whom reminders go."""

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
    extra: dict[str, Any] | None
    phones: list[dict[str, Any]] | None
    lead_days: list[int] | None


class ReminderRepository:
    """One user's reminders. Nobody else's can be reached from here."""

    def __init__(self, connection: Connection, user_id: UUID) -> None:
        self._connection = connection
        self._user_id = user_id

    def reader(self) -> ReminderRecipient | None:
        statement = select(
            users.c.email,
            users.c.verified_at,
            users.c.time_zone,
            users.c.locale,
            users.c.leap_day,
            users.c.reminders_enabled,
            users.c.reminders_mode,
            users.c.lead_days,
            users.c.unsubscribe_seed,
        ).where(users.c.id == self._user_id)
        row = self._connection.execute(statement).one_or_none()
        return ReminderRecipient._make(row) if row else None

    def announced(self, letter_id: int) -> list[AnnouncedBirthday]:
        """Whose birthdays a letter is about, in the order in which it tells them."""
        statement = (
            select(
                reminder_log.c.contact_id,
                reminder_log.c.occurrence,
                reminder_log.c.lead,
                contacts.c.id,
                contacts.c.deleted_at,
                contacts.c.muted,
                contacts.c.deceased,
                contacts.c.birth_year,
                contacts.c.birth_key,
                contacts.c.first_name,
                contacts.c.last_name,
                contacts.c.extra,
                contacts.c.phones,
                contacts.c.lead_days,
            )
            .outerjoin_from(reminder_log, contacts, _THE_CONTACT)
            .where(self._mine(), reminder_log.c.letter_id == letter_id)
            .order_by(reminder_log.c.occurrence, contacts.c.sort_name, reminder_log.c.contact_id)
        )
        return [AnnouncedBirthday._make(row) for row in self._connection.execute(statement)]

    def mark(self, letter_id: int, outcome: str | None, contact_ids: Sequence[int]) -> None:
        """Why some birthdays are not in a letter; ``None``: they are."""
        self._connection.execute(
            update(reminder_log)
            .where(
                self._mine(),
                reminder_log.c.letter_id == letter_id,
                reminder_log.c.contact_id.in_(contact_ids),
                reminder_log.c.outcome.is_distinct_from(outcome),
            )
            .values(outcome=outcome)
        )

    def _mine(self) -> Any:
        return reminder_log.c.user_id == self._user_id


_THE_CONTACT = and_(
    contacts.c.owner_id == reminder_log.c.user_id, contacts.c.id == reminder_log.c.contact_id
)
