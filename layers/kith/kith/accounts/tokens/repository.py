"""Repository of one-time tokens."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kith.accounts.models import EmailUndo, Invitation, OneTimeToken, User
from kith.accounts.tokens.one_time import Purpose, digest_token, token_fingerprint

_PURGED_AT_ONCE: Final = 1_000


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

    def void_pending(self, user_id: UUID) -> None:
        """Void everything that was asked for before a change of credentials.

        That is the tokens, the letters with a token that are not composed yet, and a pending
        address. The right to undo a change of address stays: it is the owner's against a thief.
        """
        self._session.execute(delete(OneTimeToken).where(OneTimeToken.user_id == user_id))
        changes = {
            "pending_email": None,
            "credentials_version": User.credentials_version + 1,
        }
        self._session.execute(update(User).where(User.id == user_id).values(changes))

    def purge(self, expired_before: datetime) -> int:
        """Remove a batch of the tokens that expired before that moment."""
        expired = select(OneTimeToken.digest).where(OneTimeToken.expires_at < expired_before)
        batch = expired.limit(_PURGED_AT_ONCE).with_for_update(skip_locked=True)
        statement = delete(OneTimeToken).where(OneTimeToken.digest.in_(batch))
        return self._session.connection().execute(statement).rowcount


class EmailUndoRepository:
    """The changes of address that can still be undone."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, undo: EmailUndo) -> None:
        self._session.add(undo)

    def look(self, digest: bytes, at: datetime) -> EmailUndo | None:
        return self._session.scalar(self._valid(digest, at))

    def consume(self, digest: bytes, at: datetime) -> EmailUndo | None:
        """Use a token up, and void those of later changes; of two at once, one gets it."""
        undo = self._session.scalar(self._valid(digest, at).with_for_update())
        if undo is not None:
            later = (EmailUndo.user_id == undo.user_id, EmailUndo.created_at >= undo.created_at)
            self._session.connection().execute(delete(EmailUndo).where(*later))
        return undo

    @staticmethod
    def _valid(digest: bytes, at: datetime) -> Select[EmailUndo]:
        return select(EmailUndo).where(EmailUndo.digest == digest, EmailUndo.expires_at > at)

    def purge(self, expired_before: datetime) -> int:
        """Remove a batch of the tokens that expired before that moment."""
        expired = select(EmailUndo.digest).where(EmailUndo.expires_at < expired_before)
        batch = expired.limit(_PURGED_AT_ONCE).with_for_update(skip_locked=True)
        statement = delete(EmailUndo).where(EmailUndo.digest.in_(batch))
        return self._session.connection().execute(statement).rowcount


class InvitationRepository:
    """Invitations to sign up: of the token and of the address there are digests only."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, token: str, email_key: str, at: datetime, expires_at: datetime) -> None:
        """For one address; an empty one is for whoever has the token."""
        binding = _invited(email_key) if email_key else None
        invitation = Invitation(digest=digest_token(token), binding=binding)
        invitation.created_at, invitation.expires_at = at, expires_at
        self._session.add(invitation)

    def look(self, token: str, email_key: str, at: datetime) -> bool:
        """Whether a token invites that address; looking uses nothing up."""
        found = select(Invitation.digest).where(_invites(token, email_key, at))
        return self._session.scalar(found) is not None

    def consume(self, token: str, email_key: str, at: datetime) -> bool:
        """Use an invitation up: of two at once, one gets it."""
        used = delete(Invitation).where(_invites(token, email_key, at))
        return self._session.scalar(used.returning(Invitation.digest)) is not None

    def purge(self, expired_before: datetime) -> int:
        """Remove a batch of the invitations that expired before that moment."""
        expired = select(Invitation.digest).where(Invitation.expires_at < expired_before)
        batch = expired.limit(_PURGED_AT_ONCE).with_for_update(skip_locked=True)
        statement = delete(Invitation).where(Invitation.digest.in_(batch))
        return self._session.connection().execute(statement).rowcount


def _invites(token: str, email_key: str, at: datetime) -> ColumnElement[bool]:
    return and_(
        Invitation.digest == digest_token(token),
        Invitation.expires_at > at,
        or_(Invitation.binding.is_(None), Invitation.binding == _invited(email_key)),
    )


def _invited(email_key: str) -> bytes:
    return token_fingerprint("invitation", email_key)


def _counts(digest: bytes, purpose: Purpose, at: datetime) -> ColumnElement[bool]:
    return and_(
        OneTimeToken.digest == digest,
        OneTimeToken.purpose == purpose.value,
        OneTimeToken.expires_at > at,
    )
