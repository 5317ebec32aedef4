"""Repository of sessions, alive and ended."""

import re
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from kith.accounts.models import User, UserSession

_VERSIONS: Final = "[0-9._]+"
_MOST_LISTED: Final = 200
_PURGED_AT_ONCE: Final = 1_000


class SessionRepository:
    """Sessions by id, or by their user."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, user_session: UserSession) -> None:
        self._session.add(user_session)

    def get(self, session_id: UUID) -> UserSession | None:
        return self._session.get(UserSession, session_id)

    def lock(self, session_id: UUID) -> UserSession | None:
        """A session that nobody else can rotate or end before this transaction ends."""
        return self._session.get(
            UserSession, session_id, with_for_update=True, populate_existing=True
        )

    def living(self, user_id: UUID, at: datetime, used_since: datetime) -> list[UserSession]:
        """The sessions that could still be refreshed, the last used first."""
        statement = (
            select(UserSession)
            .join(User, User.id == UserSession.user_id)
            .where(
                UserSession.user_id == user_id,
                UserSession.revoked_at.is_(None),
                UserSession.expires_at > at,
                UserSession.used_at > used_since,
                UserSession.created_at >= User.tokens_valid_after,
            )
            .order_by(UserSession.used_at.desc(), UserSession.id)
            .limit(_MOST_LISTED)
        )
        return list(self._session.scalars(statement))

    def is_new_device(self, user_id: UUID, device: str) -> bool:
        """Whether a user has signed in before, and never with this device, of whatever version."""
        named = func.regexp_replace(UserSession.device, _VERSIONS, "", "g")
        known = func.bool_or(named == re.sub(_VERSIONS, "", device))
        statement = select(known).where(UserSession.user_id == user_id)
        return self._session.scalar(statement) is False

    def revoke(
        self, user_id: UUID, at: datetime, *, only: UUID | None = None, but: UUID | None = None
    ) -> list[UUID]:
        """End sessions of a user and return their ids: all, one only, or all but one."""
        statement = update(UserSession).where(
            UserSession.user_id == user_id, UserSession.revoked_at.is_(None)
        )
        if only is not None:
            statement = statement.where(UserSession.id == only)
        if but is not None:
            statement = statement.where(UserSession.id != but)
        ended = statement.values(revoked_at=at).returning(UserSession.id)
        return list(self._session.scalars(ended))

    def authenticate(self, user_id: UUID, session_id: UUID, at: datetime, aal: int) -> None:
        """Record an authentication; the assurance level only rises."""
        statement = update(UserSession).where(
            UserSession.user_id == user_id,
            UserSession.id == session_id,
            UserSession.revoked_at.is_(None),
        )
        level = func.greatest(UserSession.aal, aal)
        self._session.execute(statement.values(authenticated_at=at, aal=level))

    def forget_authentications(self, user_id: UUID) -> list[UUID]:
        """Sessions of the lower assurance level have not authenticated; returns their ids."""
        statement = update(UserSession).where(
            UserSession.user_id == user_id,
            UserSession.aal == 1,
            UserSession.authenticated_at.is_not(None),
        )
        changed = statement.values(authenticated_at=None).returning(UserSession.id)
        return list(self._session.scalars(changed))

    def revoke_beyond(self, user_id: UUID, at: datetime, most: int) -> list[UUID]:
        """End the sessions of a user that were used least lately, down to ``most``."""
        surplus = (
            select(UserSession.id)
            .where(
                UserSession.user_id == user_id,
                UserSession.revoked_at.is_(None),
                UserSession.expires_at > at,
            )
            .order_by(UserSession.used_at.desc(), UserSession.id)
            .offset(most)
        )
        statement = update(UserSession).where(UserSession.id.in_(surplus)).values(revoked_at=at)
        return list(
            self._session.scalars(
                statement.returning(UserSession.id),
                execution_options={"synchronize_session": False},
            )
        )

    def purge(self, ended_before: datetime) -> int:
        """Remove a batch of sessions that ended, or would have, before that moment."""
        gone = or_(UserSession.expires_at < ended_before, UserSession.revoked_at < ended_before)
        batch = select(UserSession.id).where(gone).limit(_PURGED_AT_ONCE)
        batch = batch.with_for_update(skip_locked=True)
        statement = delete(UserSession).where(UserSession.id.in_(batch))
        return self._session.connection().execute(statement).rowcount
