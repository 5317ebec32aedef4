"""Repository of users. They are loaded as objects, and changed by changing the objects."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from kith.accounts.models import User, UserSession
from kith.database.errors import UniqueViolation, translate_error
from kith.errors import Conflict, NotAuthenticated


class AccountGone(NotAuthenticated):
    """The account was deleted while this request was on its way."""

    code = "session_revoked"
    detail = "This session has ended; sign in again."


class EmailTaken(Conflict):
    code = "email_taken"
    detail = "There is an account with this address already."


class UserRepository:
    """Users by id or by the key of their address."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, email_key: str) -> User | None:
        return self._session.scalar(select(User).where(User.email_key == email_key))

    def get(self, user_id: UUID) -> User | None:
        return self._session.get(User, user_id)

    def require(self, user_id: UUID) -> User:
        """The user. Raises AccountGone."""
        return _require(self.get(user_id))

    def lock(self, user_id: UUID) -> User | None:
        """The user, whom nobody else can change before this transaction ends."""
        statement = select(User).where(User.id == user_id).with_for_update()
        return self._session.scalar(statement, execution_options={"populate_existing": True})

    def require_locked(self, user_id: UUID) -> User:
        """As ``lock``. Raises AccountGone."""
        return _require(self.lock(user_id))

    def add(self, user: User) -> None:
        """Insert a user. Raises EmailTaken."""
        self._session.add(user)
        self.flush()

    def flush(self) -> None:
        """Write what was changed now: the database decides who has an address.

        Raises:
            EmailTaken: somebody was first.
        """
        try:
            self._session.flush()
        except DBAPIError as error:
            if isinstance(translate_error(error), UniqueViolation):
                raise EmailTaken from error
            raise

    def update_unversioned(self, user_id: UUID, **values: object) -> None:
        """Change columns that the profile does not show: its version stays."""
        self._session.execute(update(User).where(User.id == user_id).values(values))

    def remove(self, user: User) -> None:
        """Delete a user; foreign keys delete everything that is theirs."""
        self._session.delete(user)

    def is_known_origin(self, email_key: str, origin: str, since: datetime) -> bool:
        """Whether the owner of this address signed in from that origin not long ago."""
        known = exists().where(
            User.email_key == email_key,
            UserSession.user_id == User.id,
            UserSession.origin == origin,
            UserSession.used_at > since,
        )
        return bool(self._session.scalar(select(known)))


def _require(user: User | None) -> User:
    if user is None:
        raise AccountGone
    return user
