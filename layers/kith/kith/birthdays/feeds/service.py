"""Calendar feeds: secret addresses under which calendar programs read the birthdays.

Of a token only the SHA-256 is kept: whoever reads the database can open no calendar.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection

from kith import clock
from kith.birthdays.feeds.ical import FeedContext, render_calendar
from kith.birthdays.feeds.repository import FeedRepository, Subscription, find_subscription
from kith.birthdays.time_zones import zone_or_utc
from kith.database.unit_of_work import UnitOfWork
from kith.errors import Conflict, NotFound
from kith.settings import settings

_YEARS = 3
# What a function may answer is 6 MB; a calendar that nobody compresses has to fit into it.
_MOST_BYTES = 5_000_000


class FeedNotFound(NotFound):
    code = "feed_not_found"
    detail = "There is no such calendar address."


class TooManyFeeds(Conflict):
    code = "too_many_feeds"
    detail = "There are as many calendar addresses as there may be; revoke one first."


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar in one state; ``etag`` changes whenever its text would."""

    etag: str
    subscription: Subscription
    today_year: int

    def text(self, connection: Connection, *, bounded: bool) -> str:
        """The calendar; ``bounded``: with fewer years if it would be too large."""
        people = FeedRepository(connection, self.subscription.user_id).celebrated()
        for years in range(_YEARS, 0, -1):
            span = range(self.today_year, self.today_year + years)
            written = render_calendar(people, span, self._reading())
            if not bounded or len(written.encode()) <= _MOST_BYTES:
                break
        return written

    def _reading(self) -> FeedContext:
        told = self.subscription
        owner = hashlib.sha256(told.user_id.bytes).hexdigest()[:20]
        return FeedContext(owner, told.locale, told.leap_day)


def create_feed_token(work: UnitOfWork, user_id: UUID, at: datetime) -> dict[str, Any]:
    """A new address; its token is in the answer and nowhere else.

    Raises:
        TooManyFeeds: the user has as many as they may.
    """
    repository = FeedRepository(work.connection, user_id)
    token, feed_id = secrets.token_urlsafe(32), uuid4()
    if not repository.add(feed_id, digest_feed_token(token), at, settings().feeds_per_user):
        raise TooManyFeeds
    url = f"{settings().public_base_url}/feeds/{token}.ics"
    return {"id": feed_id, "created_at": at, "url": url}


def revoke_feed(work: UnitOfWork, user_id: UUID, feed_id: UUID) -> None:
    """End an address: whoever reads it finds nothing from now on.

    Raises:
        FeedNotFound: the user has no such address.
    """
    if not FeedRepository(work.connection, user_id).remove(feed_id):
        raise FeedNotFound


def open_feed(connection: Connection, token: str) -> Calendar:
    """The calendar behind an address.

    Raises:
        FeedNotFound: the address is none of ours, or was revoked.
    """
    found = find_subscription(connection, digest_feed_token(token))
    if found is None:
        raise FeedNotFound
    year = clock.today(zone_or_utc(found.time_zone)).year
    state = FeedRepository(connection, found.user_id).state()
    marks = (_YEARS, year, found.locale, found.leap_day, *state)
    etag = hashlib.sha256(repr(marks).encode()).hexdigest()[:32]
    return Calendar(f'"{etag}"', found, year)


def digest_feed_token(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
