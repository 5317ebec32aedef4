"""Calendar feeds in the database, and the birthdays in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update

from kith.accounts.models import User
from kith.birthdays.display_name import display_name
from kith.birthdays.feeds.ical import FeedBirthday
from kith.birthdays.models import CalendarFeed
from kith.contacts.models import Contact

_c: Final = Contact.__table__.c


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed as its owner sees it: the shape of ``schemas.Feed``."""

    id: UUID
    created_at: datetime
    last_read_on: date | None


class Subscription(NamedTuple):
    """The feed that a token opens, and the user whose calendar it is."""

    feed_id: UUID
    last_read_on: date | None
    user_id: UUID
    time_zone: str
    locale: str
    leap_day: str


class CalendarState(NamedTuple):
    """Differs whenever a birthday in the calendar does."""

    contacts: int
    updated_at: datetime | None
    versions: int | None


def find_subscription(connection: Connection, token_digest: bytes) -> Subscription | None:
    """The one query without an owner: the token tells which user it is."""
    statement = (
        select(
            CalendarFeed.id,
            CalendarFeed.last_read_on,
            User.id,
            User.time_zone,
            User.locale,
            User.leap_day,
        )
        .join_from(CalendarFeed, User, User.id == CalendarFeed.user_id)
        .where(CalendarFeed.token_digest == token_digest, User.disabled_at.is_(None))
    )
    row = connection.execute(statement).one_or_none()
    return Subscription._make(row) if row else None


class FeedRepository:
    """One user's calendar feeds, and the birthdays in them."""

    def __init__(self, connection: Connection, user_id: UUID) -> None:
        self._connection = connection
        self._user_id = user_id

    def add(self, feed_id: UUID, token_digest: bytes, at: datetime, limit: int) -> bool:
        """Add a feed; false: there are ``limit`` already. Concurrent calls wait for each other."""
        self._connection.execute(select(User.id).where(User.id == self._user_id).with_for_update())
        if len(self.all()) >= limit:
            return False
        row = {"id": feed_id, "user_id": self._user_id, "token_digest": token_digest}
        self._connection.execute(insert(CalendarFeed).values(**row, created_at=at))
        return True

    def all(self) -> list[FeedRow]:
        statement = (
            select(CalendarFeed.id, CalendarFeed.created_at, CalendarFeed.last_read_on)
            .where(CalendarFeed.user_id == self._user_id)
            .order_by(CalendarFeed.created_at, CalendarFeed.id)
        )
        return [FeedRow(*row) for row in self._connection.execute(statement)]

    def remove(self, feed_id: UUID) -> bool:
        mine = and_(CalendarFeed.user_id == self._user_id, CalendarFeed.id == feed_id)
        statement = delete(CalendarFeed).where(mine).returning(CalendarFeed.id)
        return self._connection.scalar(statement) is not None

    def mark_read(self, feed_id: UUID, day: date) -> None:
        mine = and_(CalendarFeed.user_id == self._user_id, CalendarFeed.id == feed_id)
        self._connection.execute(update(CalendarFeed).where(mine).values(last_read_on=day))

    def state(self) -> CalendarState:
        columns = (func.count(), func.max(_c.updated_at), func.sum(_c.version))
        statement = select(*columns).where(self._shown())
        return CalendarState._make(self._connection.execute(statement).one())

    def birthdays(self) -> Sequence[FeedBirthday]:
        """The birthdays of the living, from January to December."""
        statement = (
            select(
                _c.id,
                _c.first_name,
                _c.last_name,
                _c.details,
                _c.birth_year,
                _c.birth_month,
                _c.birth_day,
                _c.updated_at,
            )
            .where(self._shown())
            .order_by(_c.birth_key, _c.id)
        )
        return [
            FeedBirthday(contact_id, display_name(first_name, last_name, details.nickname), *born)
            for contact_id, first_name, last_name, details, *born in self._connection.execute(
                statement
            )
        ]

    def _shown(self) -> ColumnElement[bool]:
        return and_(
            _c.owner_id == self._user_id,
            _c.deleted_at.is_(None),
            _c.birth_key.is_not(None),
            ~_c.deceased,
        )
