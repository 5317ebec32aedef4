"""Repository of personal access tokens."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, tuple_
from sqlalchemy.orm import Session

from kith.accounts.models import PersonalToken, User

_PURGED_AT_ONCE: Final = 1_000


class PersonalTokenRepository:
    """One user's tokens; those from before ``tokens_valid_after`` are none any more."""

    def __init__(self, session: Session, user_id: UUID) -> None:
        self._session = session
        self._user_id = user_id

    def all(self) -> list[PersonalToken]:
        """The newest first."""
        statement = select(PersonalToken).join(User, User.id == PersonalToken.user_id)
        statement = statement.where(self._owned())
        newest_first = statement.order_by(PersonalToken.created_at.desc(), PersonalToken.id)
        return list(self._session.scalars(newest_first))

    def count(self) -> int:
        statement = select(func.count()).select_from(PersonalToken)
        statement = statement.join(User, User.id == PersonalToken.user_id).where(self._owned())
        return self._session.scalars(statement).one()

    def add(self, token: PersonalToken) -> None:
        self._session.add(token)

    def remove_void(self, valid_after: datetime) -> None:
        """Delete what ended with a reset or a log-out everywhere: it must not pile up."""
        void = PersonalToken.created_at < valid_after
        mine = PersonalToken.user_id == self._user_id
        self._session.connection().execute(delete(PersonalToken).where(mine, void))

    def remove(self, token_id: UUID) -> bytes | None:
        """Delete a token and return its digest, or ``None`` where there was none."""
        mine = (PersonalToken.user_id == self._user_id, PersonalToken.id == token_id)
        statement = delete(PersonalToken).where(*mine).returning(PersonalToken.digest)
        return self._session.scalars(statement).one_or_none()

    def _owned(self) -> ColumnElement[bool]:
        valid = PersonalToken.created_at >= User.tokens_valid_after
        return (PersonalToken.user_id == self._user_id) & valid


def purge_personal_tokens(session: Session, expired_before: datetime) -> int:
    """Remove a batch of the tokens that expired before that moment."""
    key = tuple_(PersonalToken.user_id, PersonalToken.id)
    batch = select(PersonalToken.user_id, PersonalToken.id)
    batch = batch.where(PersonalToken.expires_at < expired_before).limit(_PURGED_AT_ONCE)
    statement = delete(PersonalToken).where(key.in_(batch.with_for_update(skip_locked=True)))
    return session.connection().execute(statement).rowcount
