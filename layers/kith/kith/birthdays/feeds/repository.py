"""Calendar feeds in the database, and the birthdays that they show."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, and_, delete, func, insert, select

from kith.accounts.models import User
from kith.birthdays.display_name import display_name
from kith.birthdays.feeds.ical import FeedBirthday
from kith.birthdays.models import CalendarFeed
from kith.contacts.models import Contact

_c = Contact.__table__.c
_f = CalendarFeed.__table__.c


class Subscription(NamedTuple):
    """Whose calendar an address opens."""

    user_id: UUID
    time_zone: str
    locale: str
    leap_day: str


def find_subscription(connection: Connection, token_digest: bytes) -> Subscription | None:
    """The one look that knows no owner yet: the token says who it is."""
    statement = (
        select(User.id, User.time_zone, User.locale, User.leap_day)
        .join_from(CalendarFeed, User, User.id == _f.user_id)
        .where(_f.token_digest == token_digest)
    )
    row = connection.execute(statement).one_or_none()
    return Subscription._make(row) if row else None


class FeedRepository:
    """One user's calendar addresses, and what is in their calendar."""

    def __init__(self, connection: Connection, user_id: UUID) -> None:
        self._connection = connection
        self._user_id = user_id

    def add(self, feed_id: UUID, token_digest: bytes, at: datetime, most: int) -> bool:
        """A new address; false: there are ``most`` already. Two at once wait for each other."""
        self._connection.execute(select(User.id).where(User.id == self._user_id).with_for_update())
        if len(self.all()) >= most:
            return False
        row = {"id": feed_id, "user_id": self._user_id, "token_digest": token_digest}
        self._connection.execute(insert(CalendarFeed).values(**row, created_at=at))
        return True

    def all(self) -> list[dict[str, Any]]:
        statement = select(_f.id, _f.created_at).where(_f.user_id == self._user_id)
        rows = self._connection.execute(statement.order_by(_f.created_at, _f.id))
        return [{"id": feed_id, "created_at": created_at} for feed_id, created_at in rows]

    def remove(self, feed_id: UUID) -> bool:
        statement = delete(CalendarFeed).where(_f.user_id == self._user_id, _f.id == feed_id)
        return self._connection.scalar(statement.returning(_f.id)) is not None

    def state(self) -> Sequence[Any]:
        """What changes whenever a birthday in the calendar does."""
        marks = (func.count(), func.max(_c.updated_at), func.sum(_c.version))
        return self._connection.execute(select(*marks).where(self._shown())).one()

    def celebrated(self) -> list[FeedBirthday]:
        """The living with a birthday, as the year goes."""
        statement = select(
            _c.id,
            _c.first_name,
            _c.last_name,
            _c.extra,
            _c.birth_year,
            _c.birth_month,
            _c.birth_day,
            _c.updated_at,
        )
        rows = self._connection.execute(
            statement.where(self._shown()).order_by(_c.birth_key, _c.id)
        )
        return [
            FeedBirthday(contact_id, display_name(first_name, last_name, extra), *born)
            for contact_id, first_name, last_name, extra, *born in rows
        ]

    def _shown(self) -> Any:
        return and_(
            _c.owner_id == self._user_id,
            _c.deleted_at.is_(None),
            _c.birth_key.is_not(None),
            ~_c.deceased,
        )
