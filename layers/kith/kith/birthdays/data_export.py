"""The calendar part of a user's data export."""

from datetime import date
from typing import Final

from pydantic_core import from_json
from sqlalchemy import Connection

from kith.accounts.models import User
from kith.birthdays.feeds.repository import FeedRepository
from kith.birthdays.reminders.history import (
    HistoryPageRequest,
    HistoryPosition,
    ReminderOutcome,
    list_reminder_history,
)
from kith.http.response_size import Chunks, fit_items

_LIMIT: Final = 5_000


def export_birthdays(connection: Connection, user: User, max_bytes: int) -> dict[str, object]:
    """``calendar_feeds``, and the latest ``reminders``, in a quarter of ``max_bytes``."""

    def fetch(
        limit: int, after: HistoryPosition | None
    ) -> tuple[list[ReminderOutcome], HistoryPosition | None]:
        page = HistoryPageRequest(date.min, date.max, after, limit=limit)
        return list_reminder_history(connection, user.id, page)

    fitted = fit_items(Chunks(_LIMIT, fetch), lambda reminder: reminder, max_bytes // 4)
    return {
        "calendar_feeds": FeedRepository(connection, user.id).all(),
        "reminders": from_json(fitted.json),
    }
