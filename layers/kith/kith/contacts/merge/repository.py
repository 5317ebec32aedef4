"""One owner's merges in the database."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, insert, select, update

from kith.contacts.merge.undo import MergeChanges
from kith.contacts.models import Merge


class MergeRepository:
    """One owner's merges. Nobody else's can be reached from here."""

    def __init__(self, connection: Connection, owner_id: UUID) -> None:
        self._connection = connection
        self._owner_id = owner_id

    def keep(
        self,
        merge_id: UUID,
        winner_id: int,
        loser_ids: list[int],
        gained: MergeChanges,
        at: datetime,
    ) -> None:
        row = {
            "owner_id": self._owner_id,
            "id": merge_id,
            "winner_id": winner_id,
            "loser_ids": loser_ids,
            "gained": gained,
            "created_at": at,
        }
        self._connection.execute(insert(Merge).values(row))

    def lock(self, merge_id: UUID) -> Row[Any] | None:
        """A merge, kept from others until commit."""
        statement = select(Merge).where(Merge.owner_id == self._owner_id, Merge.id == merge_id)
        return self._connection.execute(statement.with_for_update()).one_or_none()

    def has_lost_since(self, contact_id: int, at: datetime) -> bool:
        """Whether a contact was merged into another since that moment, and still is."""
        statement = select(Merge.id).where(
            Merge.owner_id == self._owner_id,
            Merge.undone_at.is_(None),
            Merge.created_at >= at,
            Merge.loser_ids.any_() == contact_id,
        )
        return self._connection.execute(statement.limit(1)).first() is not None

    def mark_undone(self, merge_id: UUID, at: datetime) -> None:
        statement = update(Merge).where(Merge.owner_id == self._owner_id, Merge.id == merge_id)
        self._connection.execute(statement.values(undone_at=at))
