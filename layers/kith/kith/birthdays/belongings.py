"""What a user takes along of their calendar, when they ask for all that we know of them."""

from datetime import date
from typing import Any, Final

from sqlalchemy import Connection

from kith.accounts.vocabulary import User
from kith.birthdays import history
from kith.birthdays.feed_repository import FeedRepository
from kith.birthdays.history import Stretch

_MOST: Final = 5_000


def taken_along(connection: Connection, user: User) -> dict[str, Any]:
    """``calendar_feeds``, and the latest ``reminders``."""
    told, _ = history.find(connection, user.id, Stretch(date.min, date.max, limit=_MOST))
    return {"calendar_feeds": FeedRepository(connection, user.id).all(), "reminders": told}
