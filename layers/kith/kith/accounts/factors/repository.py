"""Repository of second factors, and of the challenges that are answered with them."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kith.accounts.models import Challenge, FactorUndo, RecoveryCode, TotpSecret, User

_PURGED_AT_ONCE: Final = 1_000


class FactorRepository:
    """The factors of one user."""

    def __init__(self, session: Session, user_id: UUID) -> None:
        self._session = session
        self._user_id = user_id

    def totp(self) -> TotpSecret | None:
        """The seed, confirmed or not."""
        return self._session.get(TotpSecret, self._user_id, populate_existing=True)

    def confirmed_totp(self) -> TotpSecret | None:
        totp = self.totp()
        return totp if totp and totp.confirmed_at else None

    def put_totp(self, encrypted_seed: bytes, at: datetime) -> bool:
        """Keep a seed in place of one that was never confirmed; false: there is a confirmed one."""
        row = {"id": uuid4(), "encrypted_seed": encrypted_seed, "created_at": at}
        statement = (
            insert(TotpSecret)
            .values(user_id=self._user_id, **row)
            .on_conflict_do_update(
                index_elements=["user_id"],
                set_={**row, "last_step": 0},
                where=TotpSecret.confirmed_at.is_(None),
            )
        )
        return self._session.scalar(statement.returning(TotpSecret.id)) is not None

    def spend_step(self, step: int, at: datetime) -> bool:
        """Use the code of a step up, and confirm the seed; false: it or a later one was used."""
        statement = update(TotpSecret).where(
            TotpSecret.user_id == self._user_id, TotpSecret.last_step < step
        )
        changes = {
            "last_step": step,
            "used_at": at,
            "confirmed_at": func.coalesce(TotpSecret.confirmed_at, at),
        }
        spent = statement.values(changes).returning(TotpSecret.id)
        return self._session.scalar(spent) is not None

    def remove_totp(self, factor_id: UUID) -> bool:
        mine = (TotpSecret.user_id == self._user_id, TotpSecret.id == factor_id)
        statement = delete(TotpSecret).where(*mine, TotpSecret.confirmed_at.is_not(None))
        return self._session.scalar(statement.returning(TotpSecret.id)) is not None

    def replace_recovery_codes(self, digests: Iterable[bytes], at: datetime) -> None:
        self.remove_recovery_codes()
        rows = [{"user_id": self._user_id, "digest": each, "created_at": at} for each in digests]
        self._session.execute(insert(RecoveryCode).values(rows))

    def remove_recovery_codes(self, since: datetime | None = None) -> None:
        """Void all codes, or those that were made since a moment."""
        statement = delete(RecoveryCode).where(RecoveryCode.user_id == self._user_id)
        if since is not None:
            statement = statement.where(RecoveryCode.created_at >= since)
        self._session.execute(statement)

    def spend_recovery_code(self, digest: bytes) -> bool:
        """Use a code up: of two at once, one gets it."""
        mine = (RecoveryCode.user_id == self._user_id, RecoveryCode.digest == digest)
        statement = delete(RecoveryCode).where(*mine).returning(RecoveryCode.digest)
        return self._session.scalar(statement) is not None

    def recovery_codes_left(self) -> int:
        mine = RecoveryCode.user_id == self._user_id
        count = select(func.count()).select_from(RecoveryCode).where(mine)
        return self._session.scalar(count) or 0


class FactorUndoRepository:
    """The factors that can still be removed by the letter that announced them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, undo: FactorUndo) -> None:
        self._session.add(undo)

    def look(self, digest: bytes, at: datetime) -> FactorUndo | None:
        """The token as it stands; looking uses nothing up."""
        return self._session.scalar(
            select(FactorUndo).where(FactorUndo.digest == digest, FactorUndo.expires_at > at)
        )

    def consume(self, digest: bytes) -> bool:
        """Use a token up: of two at once, one gets it."""
        statement = delete(FactorUndo).where(FactorUndo.digest == digest)
        return self._session.scalar(statement.returning(FactorUndo.digest)) is not None

    def purge(self, expired_before: datetime) -> int:
        """Remove a batch of tokens that expired before that moment."""
        gone = FactorUndo.expires_at < expired_before
        batch = select(FactorUndo.digest).where(gone).limit(_PURGED_AT_ONCE)
        batch = batch.with_for_update(skip_locked=True)
        statement = delete(FactorUndo).where(FactorUndo.digest.in_(batch))
        return self._session.connection().execute(statement).rowcount


class ChallengePurpose(StrEnum):
    """What the answer to a challenge is good for."""

    LOGIN = "login"
    REGISTER_PASSKEY = "register_passkey"
    USE_PASSKEY = "use_passkey"


class ChallengeRepository:
    """Challenges by their digests; each can be answered once."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self, digest: bytes, purpose: ChallengePurpose, expires_at: datetime, user: User | None
    ) -> None:
        """A challenge for a user, or for whoever will answer it."""
        challenge = Challenge(
            digest=digest,
            purpose=purpose.value,
            user_id=user.id if user else None,
            credentials_version=user.credentials_version if user else None,
            attempts=0,
            expires_at=expires_at,
        )
        self._session.add(challenge)

    def look(self, digest: bytes, purpose: ChallengePurpose, at: datetime) -> Challenge | None:
        """The challenge as it stands; looking uses nothing up."""
        return self._session.scalar(select(Challenge).where(_open(digest, purpose, at)))

    def count_attempt(self, digest: bytes, most: int, at: datetime) -> bool:
        """Count an attempt at a login; false: there were too many, or another was right."""
        still = _open(digest, ChallengePurpose.LOGIN, at)
        statement = update(Challenge).where(still, Challenge.attempts < most)
        counted = statement.values(attempts=Challenge.attempts + 1).returning(Challenge.attempts)
        return self._session.scalar(counted) is not None

    def consume(
        self, digest: bytes, purpose: ChallengePurpose, at: datetime, user: User | None = None
    ) -> bool:
        """Use the challenge up, which must be this user's if one is given.

        Of two at once, one gets it.
        """
        statement = delete(Challenge).where(_open(digest, purpose, at))
        if user is not None:
            statement = statement.where(
                Challenge.user_id == user.id,
                Challenge.credentials_version == user.credentials_version,
            )
        return self._session.scalar(statement.returning(Challenge.digest)) is not None

    def purge(self, expired_before: datetime) -> int:
        """Remove a batch of challenges that expired before that moment."""
        gone = Challenge.expires_at < expired_before
        batch = select(Challenge.digest).where(gone).limit(_PURGED_AT_ONCE)
        batch = batch.with_for_update(skip_locked=True)
        statement = delete(Challenge).where(Challenge.digest.in_(batch))
        return self._session.connection().execute(statement).rowcount


def _open(digest: bytes, purpose: ChallengePurpose, at: datetime) -> ColumnElement[bool]:
    return and_(
        Challenge.digest == digest,
        Challenge.purpose == purpose.value,
        Challenge.expires_at > at,
    )
