"""The sessions' table."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, delete, insert, or_, select, update

from kith.accounts import models
from kith.accounts.entities import Session

_COLUMNS: Final = [models.UserSession.__table__.c[each.name] for each in fields(Session)]
_MOST_LISTED: Final = 200


class SessionRepository:
    """Sessions, alive and ended."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, values: Mapping[str, Any]) -> None:
        self._connection.execute(insert(models.UserSession).values(**values))

    def lock(self, session_id: UUID) -> Session | None:
        """A session that nobody else can rotate or end before this transaction ends."""
        statement = select(*_COLUMNS).where(models.UserSession.id == session_id).with_for_update()
        row = self._connection.execute(statement).one_or_none()
        return Session(*row) if row else None

    def change(self, session_id: UUID, values: Mapping[str, Any]) -> None:
        self._connection.execute(
            update(models.UserSession).where(models.UserSession.id == session_id).values(**values)
        )

    def living(self, user_id: UUID, at: datetime, used_since: datetime) -> list[Session]:
        """The sessions that could still be refreshed, the last used first."""
        statement = (
            select(*_COLUMNS)
            .join(models.User, models.User.id == models.UserSession.user_id)
            .where(
                models.UserSession.user_id == user_id,
                models.UserSession.revoked_at.is_(None),
                models.UserSession.expires_at > at,
                models.UserSession.used_at > used_since,
                models.UserSession.created_at >= models.User.tokens_valid_after,
            )
            .order_by(models.UserSession.used_at.desc(), models.UserSession.id)
            .limit(_MOST_LISTED)
        )
        return [Session(*row) for row in self._connection.execute(statement)]

    def end(
        self,
        user_id: UUID,
        at: datetime,
        *,
        only: UUID | None = None,
        but: UUID | None = None,
    ) -> list[UUID]:
        """End sessions of a user and tell which: all, one only, or all but one."""
        mine = [models.UserSession.user_id == user_id, models.UserSession.revoked_at.is_(None)]
        if only is not None:
            mine.append(models.UserSession.id == only)
        if but is not None:
            mine.append(models.UserSession.id != but)
        statement = (
            update(models.UserSession)
            .where(*mine)
            .values(revoked_at=at)
            .returning(models.UserSession.id)
        )
        return list(self._connection.scalars(statement))

    def get(self, session_id: UUID) -> Session | None:
        row = self._connection.execute(
            select(*_COLUMNS).where(models.UserSession.id == session_id)
        ).one_or_none()
        return Session(*row) if row else None

    def purge(self, ended_before: datetime) -> int:
        """Remove sessions that ended, or would have, before that moment."""
        gone = or_(
            models.UserSession.expires_at < ended_before,
            models.UserSession.revoked_at < ended_before,
        )
        return self._connection.execute(delete(models.UserSession).where(gone)).rowcount
