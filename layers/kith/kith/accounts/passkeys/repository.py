"""Repository of passkeys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from kith.accounts.models import Passkey


class PasskeyRepository:
    """Passkeys of their owner, or by the id that an authenticator gave them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, passkey: Passkey) -> None:
        """Insert a passkey.

        Raises:
            UniqueViolation: by the end of the unit of work; somebody has it already.
        """
        self._session.add(passkey)

    def find(self, credential_id: bytes) -> Passkey | None:
        """A passkey as it stands now: read it anew once its owner is locked."""
        statement = select(Passkey).where(Passkey.credential_id == credential_id)
        return self._session.scalar(statement, execution_options={"populate_existing": True})

    def owned(self, user_id: UUID) -> list[Passkey]:
        """The passkeys of a user, the oldest first."""
        statement = select(Passkey).where(Passkey.user_id == user_id)
        return list(self._session.scalars(statement.order_by(Passkey.created_at, Passkey.id)))

    def count(self, user_id: UUID) -> int:
        mine = select(func.count()).select_from(Passkey).where(Passkey.user_id == user_id)
        return self._session.scalar(mine) or 0

    def remove(self, user_id: UUID, passkey_id: UUID) -> bool:
        mine = (Passkey.user_id == user_id, Passkey.id == passkey_id)
        statement = delete(Passkey).where(*mine).returning(Passkey.id)
        return self._session.scalar(statement) is not None

    def record_use(self, passkey: Passkey, sign_count: int, at: datetime) -> None:
        passkey.sign_count, passkey.used_at = sign_count, at
        self._session.flush()
