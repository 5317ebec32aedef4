"""Repository of what operators ask about all accounts."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kith.accounts.models import PersonalToken, User, UserSession


class AccountCounts(NamedTuple):
    """How many accounts there are, and what is theirs."""

    accounts: int
    verified: int
    disabled: int
    contacts: int
    sessions: int
    personal_tokens: int


class OperatorRepository:
    """Counts over all accounts, and over one."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def counts(self, at: datetime) -> AccountCounts:
        users = select(
            func.count(),
            func.count(User.verified_at),
            func.count(User.disabled_at),
            func.coalesce(func.sum(User.contacts_living), 0),
        ).select_from(User)
        accounts, verified, disabled, contacts = self._session.execute(users).one()
        alive = UserSession.revoked_at.is_(None) & (UserSession.expires_at > at)
        sessions = select(func.count()).select_from(UserSession).where(alive)
        tokens = select(func.count()).select_from(PersonalToken)
        return AccountCounts(
            accounts,
            verified,
            disabled,
            int(contacts),
            self._session.scalars(sessions).one(),
            self._session.scalars(tokens).one(),
        )

    def hashes_by_recipe(self) -> dict[str, int]:
        """How many passwords were hashed by each recipe and pepper, by the tag in front."""
        tags = select(func.split_part(User.password_hash, "$", 1).label("tag")).subquery()
        statement = select(tags.c.tag, func.count()).group_by(tags.c.tag).order_by(tags.c.tag)
        return {str(tag): count for tag, count in self._session.execute(statement)}

    def sessions_of(self, user_id: UUID, at: datetime) -> int:
        alive = UserSession.revoked_at.is_(None) & (UserSession.expires_at > at)
        statement = select(func.count()).select_from(UserSession)
        return self._session.scalars(statement.where(alive, UserSession.user_id == user_id)).one()
