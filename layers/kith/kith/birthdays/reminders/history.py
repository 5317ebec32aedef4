"""What became of the reminders: the ledger, beside the letters that carried it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, and_, select, tuple_

from kith.birthdays.display_name import display_name
from kith.birthdays.models import ReminderLogEntry
from kith.contacts.models import Contact
from kith.mail.models import OutboxLetter

_log: Final = ReminderLogEntry.__table__.c
# Before a letter has left it counts as planned, whoever holds it at the moment.
_SHOWN: Final = {"pending": "planned", "claimed": "planned"}


class HistoryPosition(NamedTuple):
    """The last reminder of the page before."""

    local_date: date
    contact_id: int
    lead: int


@dataclass(frozen=True, slots=True)
class HistoryPageRequest:
    """Which reminders: due on some days of the user, and which part of those."""

    first: date
    last: date
    after: HistoryPosition | None = None
    skip: int = 0
    limit: int = 100


def list_reminder_history(
    connection: Connection, user_id: UUID, stretch: HistoryPageRequest
) -> tuple[list[dict[str, Any]], list[Any] | None]:
    """A page of one user's reminders, the latest first, and where the next page begins."""
    rows = _rows(connection, user_id, stretch)
    shown = rows[: stretch.limit]
    last = _position(shown[-1]) if len(rows) > stretch.limit else None
    return [_told(row) for row in shown], last


def _position(row: Any) -> list[Any]:
    return [row.local_date.isoformat(), row.contact_id, row.lead]


def _rows(connection: Connection, user_id: UUID, stretch: HistoryPageRequest) -> Sequence[Any]:
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
            Contact.extra,
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
        .where(_log.user_id == user_id, _log.local_date.between(stretch.first, stretch.last))
        .order_by(*(each.desc() for each in order))
        .limit(stretch.limit + 1)
        .offset(stretch.skip)
    )
    if stretch.after:
        statement = statement.where(tuple_(*order) < tuple_(*stretch.after))
    return connection.execute(statement).all()


def _told(row: Any) -> dict[str, Any]:
    state, reason = _fate(row)
    is_out = state in {"sent", "unknown"}
    return {
        "local_date": row.local_date,
        "mode": row.mode,
        "contact_id": row.contact_id,
        "name": display_name(row.first_name, row.last_name, row.extra) or None,
        "birthday_on": row.occurrence,
        "days_before": row.lead,
        "state": state,
        "reason": reason,
        "sent_to": row.sent_to if is_out else None,
        "sent_at": row.done_at if is_out else None,
    }


def _fate(row: Any) -> tuple[str, str | None]:
    """The letter's, unless this birthday was left out of it."""
    if row.outcome == "expired" or row.reason == "expired":
        return "expired", None
    if row.outcome is not None:
        return "dropped", row.outcome
    return _SHOWN.get(row.state, row.state or "unknown"), row.reason
