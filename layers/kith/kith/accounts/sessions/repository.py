"""The sessions' table."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, delete, insert, or_, select, update

from kith.accounts.entities import Session
from kith.accounts.models import sessions, users

_COLUMNS: Final = [sessions.c[each.name] for each in fields(Session)]
_MOST_LISTED: Final = 200


class SessionRepository:
    """Sessions, alive and ended."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, values: Mapping[str, Any]) -> None:
        self._connection.execute(insert(sessions).values(**values))

    def lock(self, session_id: UUID) -> Session | None:
        """A session that nobody else can rotate or end before this transaction ends."""
        statement = select(*_COLUMNS).where(sessions.c.id == session_id).with_for_update()
        row = self._connection.execute(statement).one_or_none()
        return Session(*row) if row else None

    def change(self, session_id: UUID, values: Mapping[str, Any]) -> None:
        self._connection.execute(
            update(sessions).where(sessions.c.id == session_id).values(**values)
        )

    def living(self, user_id: UUID, at: datetime, used_since: datetime) -> list[Session]:
        """The sessions that could still be refreshed, the last used first."""
        statement = (
            select(*_COLUMNS)
            .join(users, users.c.id == sessions.c.user_id)
            .where(
                sessions.c.user_id == user_id,
                sessions.c.revoked_at.is_(None),
                sessions.c.expires_at > at,
                sessions.c.used_at > used_since,
                sessions.c.created_at >= users.c.tokens_valid_after,
            )
            .order_by(sessions.c.used_at.desc(), sessions.c.id)
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
        mine = [sessions.c.user_id == user_id, sessions.c.revoked_at.is_(None)]
        if only is not None:
            mine.append(sessions.c.id == only)
        if but is not None:
            mine.append(sessions.c.id != but)
        statement = update(sessions).where(*mine).values(revoked_at=at).returning(sessions.c.id)
        return list(self._connection.scalars(statement))

    def get(self, session_id: UUID) -> Session | None:
        row = self._connection.execute(
            select(*_COLUMNS).where(sessions.c.id == session_id)
        ).one_or_none()
        return Session(*row) if row else None

    def purge(self, ended_before: datetime) -> int:
        """Remove sessions that ended, or would have, before that moment."""
        gone = or_(sessions.c.expires_at < ended_before, sessions.c.revoked_at < ended_before)
        return self._connection.execute(delete(sessions).where(gone)).rowcount
