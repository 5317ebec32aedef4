"""One owner's merges in the database."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kith.contacts.models import Merge


class MergeRepository:
    """One owner's merges. Nobody else's can be reached from here."""

    def __init__(self, session: Session, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id

    def add(self, merge: Merge) -> None:
        merge.owner_id = self._owner_id
        self._session.add(merge)

    def lock(self, merge_id: UUID) -> Merge | None:
        """A merge, kept from others until commit."""
        statement = select(Merge).where(Merge.owner_id == self._owner_id, Merge.id == merge_id)
        return self._session.scalar(statement.with_for_update())

    def has_lost_since(self, contact_id: int, at: datetime) -> bool:
        """Whether a contact was merged into another since that moment, and still is."""
        statement = select(Merge.id).where(
            Merge.owner_id == self._owner_id,
            Merge.undone_at.is_(None),
            Merge.created_at >= at,
            Merge.loser_ids.any_() == contact_id,
        )
        return self._session.scalar(statement.limit(1)) is not None
