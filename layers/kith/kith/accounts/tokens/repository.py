"""Repository of one-time tokens."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kith.accounts.models import OneTimeToken
from kith.accounts.tokens.one_time import Purpose


class TokenClaim(NamedTuple):
    """Whom a token was given to, and what it depends on."""

    user_id: UUID
    fingerprint: bytes


class TokenRepository:
    """One token per user and purpose: the newest."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(
        self,
        user_id: UUID,
        purpose: Purpose,
        *,
        digest: bytes,
        fingerprint: bytes,
        expires_at: datetime,
    ) -> None:
        """Take the place of the one before."""
        facts = {"digest": digest, "fingerprint": fingerprint, "expires_at": expires_at}
        statement = (
            insert(OneTimeToken)
            .values(user_id=user_id, purpose=purpose.value, **facts)
            .on_conflict_do_update(index_elements=["user_id", "purpose"], set_=facts)
        )
        self._session.execute(statement)

    def look(self, digest: bytes, purpose: Purpose, at: datetime) -> TokenClaim | None:
        """The token as it stands; looking uses nothing up."""
        statement = select(OneTimeToken.user_id, OneTimeToken.fingerprint)
        row = self._session.execute(statement.where(_counts(digest, purpose, at))).one_or_none()
        return TokenClaim(*row) if row else None

    def consume(self, digest: bytes, purpose: Purpose, at: datetime) -> TokenClaim | None:
        """Use the token up: of two at once, one gets it."""
        statement = delete(OneTimeToken).where(_counts(digest, purpose, at))
        row = self._session.execute(
            statement.returning(OneTimeToken.user_id, OneTimeToken.fingerprint)
        ).one_or_none()
        return TokenClaim(*row) if row else None

    def void(self, user_id: UUID, purpose: Purpose) -> None:
        self._session.execute(
            delete(OneTimeToken).where(
                OneTimeToken.user_id == user_id, OneTimeToken.purpose == purpose.value
            )
        )

    def purge(self, expired_before: datetime) -> int:
        """Remove tokens that expired before that moment."""
        statement = delete(OneTimeToken).where(OneTimeToken.expires_at < expired_before)
        return self._session.connection().execute(statement).rowcount


def _counts(digest: bytes, purpose: Purpose, at: datetime) -> ColumnElement[bool]:
    return and_(
        OneTimeToken.digest == digest,
        OneTimeToken.purpose == purpose.value,
        OneTimeToken.expires_at > at,
    )
