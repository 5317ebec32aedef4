"""The calendar part of a user's data export."""

from datetime import date
from typing import Final

from sqlalchemy import Connection

from kith.accounts.models import User
from kith.birthdays.feeds.repository import FeedRepository, FeedRow
from kith.birthdays.reminders.history import (
    HistoryPageRequest,
    ReminderOutcome,
    list_reminder_history,
)

_LIMIT: Final = 5_000


def export_birthdays(
    connection: Connection, user: User
) -> dict[str, list[FeedRow] | list[ReminderOutcome]]:
    """``calendar_feeds``, and the latest ``reminders``."""
    page = HistoryPageRequest(date.min, date.max, limit=_LIMIT)
    reminders, _ = list_reminder_history(connection, user.id, page)
    return {"calendar_feeds": FeedRepository(connection, user.id).all(), "reminders": reminders}
