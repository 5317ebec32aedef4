"""What a user takes along of their calendar, when they ask for all that we know of them."""

from datetime import date
from typing import Any, Final

from sqlalchemy import Connection

from kith.accounts.entities import User
from kith.birthdays.feeds.repository import FeedRepository
from kith.birthdays.reminders.history import HistoryPageRequest, list_reminder_history

_MOST: Final = 5_000


def export_birthdays(connection: Connection, user: User) -> dict[str, Any]:
    """``calendar_feeds``, and the latest ``reminders``."""
    told, _ = list_reminder_history(
        connection, user.id, HistoryPageRequest(date.min, date.max, limit=_MOST)
    )
    return {"calendar_feeds": FeedRepository(connection, user.id).all(), "reminders": told}
