"""Repository of security events: they are added, listed and forgotten, never changed."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kith.accounts.models import AccountEvent

_PURGED_AT_ONCE: Final = 1_000


class EventRepository:
    """Events of accounts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, event: AccountEvent) -> None:
        self._session.add(event)

    def page(
        self, user_id: UUID, since: datetime, before_id: int | None, limit: int
    ) -> list[AccountEvent]:
        """At most ``limit`` events of a user, the latest first."""
        statement = select(AccountEvent).where(
            AccountEvent.user_id == user_id, AccountEvent.at > since
        )
        if before_id is not None:
            statement = statement.where(AccountEvent.id < before_id)
        return list(self._session.scalars(statement.order_by(AccountEvent.id.desc()).limit(limit)))

    def purge(self, before: datetime) -> int:
        """Remove a batch of the events before that moment."""
        batch = select(AccountEvent.id).where(AccountEvent.at < before).limit(_PURGED_AT_ONCE)
        statement = delete(AccountEvent).where(AccountEvent.id.in_(batch))
        return self._session.connection().execute(statement).rowcount
