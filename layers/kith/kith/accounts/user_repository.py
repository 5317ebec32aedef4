"""The users' table."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, select, update

from kith.accounts import models
from kith.accounts.entities import User
from kith.database.unit_of_work import database
from kith.errors import NotAuthenticated

_COLUMNS: Final = [models.User.__table__.c[each.name] for each in fields(User)]


class AccountGone(NotAuthenticated):
    """Deleted while this request was on its way."""

    code = "session_revoked"
    detail = "This session has ended; sign in again."


class UserRepository:
    """Users by id or by the key of their address."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, email_key: str) -> User | None:
        return self._one(models.User.email_key == email_key)

    def get(self, user_id: UUID) -> User | None:
        return self._one(models.User.id == user_id)

    def lock(self, user_id: UUID) -> User | None:
        """The user, whom nobody else can change before this transaction ends."""
        statement = select(*_COLUMNS).where(models.User.id == user_id).with_for_update()
        row = self._connection.execute(statement).one_or_none()
        return User(*row) if row else None

    def hold_password(self, user_id: UUID, password_hash: str) -> datetime | None:
        """Since when sessions count, if this is still the password; both stay so until the end."""
        statement = (
            select(models.User.tokens_valid_after)
            .where(models.User.id == user_id, models.User.password_hash == password_hash)
            .with_for_update(read=True)
        )
        since: datetime | None = self._connection.scalar(statement)
        return since

    def is_taken(self, email_key: str) -> bool:
        statement = select(models.User.id).where(models.User.email_key == email_key)
        return self._connection.scalar(statement) is not None

    def add(self, user_id: UUID, at: datetime, values: Mapping[str, Any]) -> User:
        """A new user.

        Raises:
            IntegrityError: the address is taken; the transaction makes ``AlreadyThere`` of it.
        """
        moments = dict.fromkeys(("created_at", "updated_at", "tokens_valid_after"), at)
        statement = insert(models.User).values(id=user_id, **moments, **values).returning(*_COLUMNS)
        return User(*self._connection.execute(statement).one())

    def change(self, user_id: UUID, at: datetime, values: Mapping[str, Any]) -> User:
        """Change some columns of somebody who is there, and count the version up."""
        statement = (
            update(models.User)
            .where(models.User.id == user_id)
            .values(version=models.User.version + 1, updated_at=at, **values)
            .returning(*_COLUMNS)
        )
        return User(*self._connection.execute(statement).one())

    def keep_hash(self, user_id: UUID, password_hash: str) -> None:
        """The same password by another recipe: nothing that anybody sees has changed."""
        statement = update(models.User).where(models.User.id == user_id)
        self._connection.execute(statement.values(password_hash=password_hash))

    def refuse_older_tokens(self, user_id: UUID, at: datetime) -> None:
        """No session that began before this moment counts."""
        statement = update(models.User).where(models.User.id == user_id)
        self._connection.execute(statement.values(tokens_valid_after=at))

    def remove(self, user_id: UUID) -> None:
        """Everything that belongs to the user goes too: the tables are tied together."""
        self._connection.execute(delete(models.User).where(models.User.id == user_id))

    def unsubscribe_seed(self, user_id: UUID) -> bytes | None:
        seed = self._connection.scalar(
            select(models.User.unsubscribe_seed).where(models.User.id == user_id)
        )
        return bytes(seed) if seed is not None else None

    def is_known_origin(self, email_key: str, origin: str, since: datetime) -> bool:
        """Whether the owner of this address signed in from that origin not long ago."""
        known = exists().where(
            models.User.email_key == email_key,
            models.UserSession.user_id == models.User.id,
            models.UserSession.origin == origin,
            models.UserSession.used_at > since,
        )
        return bool(self._connection.scalar(select(known)))

    def _one(self, condition: ColumnElement[bool]) -> User | None:
        row = self._connection.execute(select(*_COLUMNS).where(condition)).one_or_none()
        return User(*row) if row else None


def require_user(user_id: UUID) -> User:
    """Raises AccountGone when there is no such user (any more)."""
    with database().reading() as connection:
        user = UserRepository(connection).get(user_id)
    if user is None:
        raise AccountGone
    return user
