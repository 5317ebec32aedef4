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

    def newest(
        self, since: datetime, limit: int, before: int | None = None, skip: int = 0
    ) -> list[Merge]:
        """A page of the merges since a moment, the newest first; ``before`` a merge's number."""
        statement = select(Merge).where(Merge.owner_id == self._owner_id, Merge.created_at > since)
        if before is not None:
            statement = statement.where(Merge.number < before)
        ordered = statement.order_by(Merge.number.desc())
        return list(self._session.scalars(ordered.offset(skip).limit(limit)))

    def is_overtaken(self, merge: Merge) -> bool:
        """Whether a later merge, which still holds, moved one of its contacts into another."""
        touched = {merge.winner_id, *merge.loser_ids}
        statement = select(Merge.id).where(
            Merge.owner_id == self._owner_id,
            Merge.undone_at.is_(None),
            Merge.number > merge.number,
            Merge.loser_ids.op("&&", is_comparison=True)(sorted(touched)),
        )
        return self._session.scalar(statement.limit(1)) is not None
