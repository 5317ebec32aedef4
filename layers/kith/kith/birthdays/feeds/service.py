"""Calendar feeds: secret addresses under which calendar programs read the birthdays.

Of a token only the SHA-256 is stored: reading the database opens no calendar.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection

from kith import clock
from kith.birthdays.feeds.ical import FeedContext, render_calendar
from kith.birthdays.feeds.repository import (
    FeedRepository,
    FeedRow,
    Subscription,
    find_subscription,
)
from kith.birthdays.time_zones import zone_or_utc
from kith.database.unit_of_work import UnitOfWork
from kith.errors import Conflict, NotFound
from kith.settings import settings

_YEARS = 3


class FeedNotFound(NotFound):
    code = "feed_not_found"
    detail = "There is no such calendar address."


class TooManyFeeds(Conflict):
    code = "too_many_feeds"
    detail = "There are as many calendar addresses as there may be; revoke one first."


@dataclass(frozen=True, slots=True)
class CreatedFeed(FeedRow):
    """A new feed with its secret ``url``: the shape of ``schemas.NewFeed``."""

    url: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar in one state; ``etag`` differs whenever its text would."""

    etag: str
    subscription: Subscription
    today_year: int

    def text(self, connection: Connection, max_bytes: int) -> bytes:
        """The calendar; with fewer years, and then fewer people, if it would be too large."""
        people = FeedRepository(connection, self.subscription.user_id).birthdays()
        years = _YEARS
        while True:
            span = range(self.today_year, self.today_year + years)
            text = render_calendar(people, span, self._context()).encode()
            if len(text) <= max_bytes:
                return text
            if years == 1:
                people = people[: len(people) * max_bytes // (len(text) + 1)]
            years = max(1, years - 1)

    def _context(self) -> FeedContext:
        user = self.subscription
        owner = hashlib.sha256(user.user_id.bytes).hexdigest()[:20]
        return FeedContext(owner, user.locale, user.leap_day)


def create_feed_token(work: UnitOfWork, user_id: UUID, at: datetime) -> CreatedFeed:
    """A new feed; its token is in the returned ``url`` and nowhere else.

    Raises:
        TooManyFeeds: the user has as many as they may.
    """
    repository = FeedRepository(work.connection, user_id)
    token, feed_id = secrets.token_urlsafe(32), uuid4()
    if not repository.add(feed_id, digest_feed_token(token), at, settings().feeds_per_user):
        raise TooManyFeeds
    return CreatedFeed(feed_id, at, None, f"{settings().public_base_url}/feeds/{token}.ics")


def revoke_feed(work: UnitOfWork, user_id: UUID, feed_id: UUID) -> None:
    """Delete a feed: its address is not found from now on.

    Raises:
        FeedNotFound: the user has no such feed.
    """
    if not FeedRepository(work.connection, user_id).remove(feed_id):
        raise FeedNotFound


def open_feed(connection: Connection, token: str) -> Calendar:
    """The calendar that a token opens.

    Raises:
        FeedNotFound: there is no feed with this token (any more).
    """
    found = find_subscription(connection, digest_feed_token(token))
    if found is None:
        raise FeedNotFound
    year = clock.today(zone_or_utc(found.time_zone)).year
    state = FeedRepository(connection, found.user_id).state()
    parts = (_YEARS, year, found.locale, found.leap_day, *state)
    etag = hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
    return Calendar(f'"{etag}"', found, year)


def mark_feed_read(work: UnitOfWork, feed: Subscription, today: date) -> None:
    """Record the date of a reading: at most one write a day for each feed."""
    FeedRepository(work.connection, feed.user_id).mark_read(feed.feed_id, today)


def digest_feed_token(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
