"""Orphaned pictures: those at the provider that nobody shows, or that are not shown yet.

An id is recorded here before its picture is uploaded, and claimed in the transaction that shows
it. Whatever is still here after a while is removed by the scheduled cleanup. An id that ends with a
slash stands for everything beneath it: all pictures of a deleted account.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, delete
from sqlalchemy.dialects.postgresql import insert

from kith.accounts.models import OrphanedPicture

_ROOT: Final = "kith"


def picture_folder(user_id: UUID) -> str:
    """What the ids of all pictures of this user, and of this user's contacts, begin with."""
    return f"{_ROOT}/{user_id}/"


def picture_owner(public_id: str) -> UUID:
    """Whose picture, or whose folder, an id of ours stands for."""
    return UUID(public_id.split("/")[1])


def record_orphans(connection: Connection, public_ids: Iterable[str | None], at: datetime) -> None:
    """Record orphans; ``None`` is no picture."""
    rows = [{"public_id": each, "created_at": at} for each in public_ids if each]
    if rows:
        connection.execute(insert(OrphanedPicture).on_conflict_do_nothing(), rows)


def claim_orphan(connection: Connection, public_id: str, *, since: datetime | None = None) -> bool:
    """Take an id off the list; whether it was there, recorded after ``since``."""
    statement = delete(OrphanedPicture).where(OrphanedPicture.public_id == public_id)
    if since:
        statement = statement.where(OrphanedPicture.created_at > since)
    return connection.execute(statement).rowcount == 1
