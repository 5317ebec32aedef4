"""The reminder history: the rows of the reminder log, with the letters that they were in."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, and_, select, tuple_

from kith.birthdays.display_name import display_name
from kith.birthdays.models import ReminderLogEntry
from kith.contacts.details.entities import ContactDetails
from kith.contacts.models import Contact
from kith.mail.models import OutboxLetter

_log: Final = ReminderLogEntry.__table__.c
# Until a letter has left it counts as planned, whichever step it is at.
_SHOWN: Final = dict.fromkeys(("pending", "claimed", "handed_over"), "planned")


class HistoryPosition(NamedTuple):
    """The last reminder of the page before."""

    local_date: date
    contact_id: int
    lead: int


@dataclass(frozen=True, slots=True)
class HistoryPageRequest:
    """A page of the reminders that were due from ``first`` to ``last``, the user's dates."""

    first: date
    last: date
    after: HistoryPosition | None = None
    skip: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class ReminderOutcome:
    """One birthday that was due, and its outcome: the shape of ``schemas.Reminder``."""

    local_date: date
    mode: str
    contact_id: int
    name: str | None
    birthday_on: date
    days_before: int
    state: str
    reason: str | None
    sent_to: str | None
    sent_at: datetime | None

    @property
    def position(self) -> HistoryPosition:
        return HistoryPosition(self.local_date, self.contact_id, self.days_before)


class _Row(NamedTuple):
    local_date: date
    mode: str
    contact_id: int
    occurrence: date
    lead: int
    outcome: str | None
    first_name: str | None
    last_name: str | None
    details: ContactDetails
    state: str | None
    reason: str | None
    sent_to: str | None
    done_at: datetime | None


def list_reminder_history(
    connection: Connection, user_id: UUID, page: HistoryPageRequest
) -> tuple[list[ReminderOutcome], HistoryPosition | None]:
    """A page of one user's reminders, the latest first, and the position of the next page."""
    rows = _rows(connection, user_id, page)
    outcomes = [_outcome(row) for row in rows[: page.limit]]
    return outcomes, outcomes[-1].position if len(rows) > page.limit else None


def _rows(connection: Connection, user_id: UUID, page: HistoryPageRequest) -> list[_Row]:
    order = (_log.local_date, _log.contact_id, _log.lead)
    statement = (
        select(
            _log.local_date,
            _log.mode,
            _log.contact_id,
            _log.occurrence,
            _log.lead,
            _log.outcome,
            Contact.first_name,
            Contact.last_name,
            Contact.details,
            OutboxLetter.state,
            OutboxLetter.reason,
            OutboxLetter.sent_to,
            OutboxLetter.done_at,
        )
        .outerjoin_from(
            ReminderLogEntry,
            Contact,
            and_(Contact.owner_id == _log.user_id, Contact.id == _log.contact_id),
        )
        .outerjoin(OutboxLetter, OutboxLetter.id == _log.letter_id)
        .where(_log.user_id == user_id, _log.local_date.between(page.first, page.last))
        .order_by(*(column.desc() for column in order))
        .limit(page.limit + 1)
        .offset(page.skip)
    )
    if page.after:
        statement = statement.where(tuple_(*order) < tuple_(*page.after))
    return [_Row._make(row) for row in connection.execute(statement)]


def _outcome(row: _Row) -> ReminderOutcome:
    state, reason = _state(row)
    has_left = state in {"sent", "unknown"}
    return ReminderOutcome(
        local_date=row.local_date,
        mode=row.mode,
        contact_id=row.contact_id,
        name=display_name(row.first_name, row.last_name, row.details.nickname) or None,
        birthday_on=row.occurrence,
        days_before=row.lead,
        state=state,
        reason=reason,
        sent_to=row.sent_to if has_left else None,
        sent_at=row.done_at if has_left else None,
    )


def _state(row: _Row) -> tuple[str, str | None]:
    """The letter's, unless this birthday was left out of it."""
    if row.outcome == "expired" or row.reason == "expired":
        return "expired", None
    if row.outcome is not None:
        return "dropped", row.outcome
    return _SHOWN.get(row.state or "", row.state or "unknown"), row.reason
