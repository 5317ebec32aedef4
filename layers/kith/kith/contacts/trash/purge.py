"""Scheduled cleanup in all address books: what nobody can ask for any more.

The one module of the package that looks beyond one owner. It works in batches, each a transaction
of its own, so that nobody waits for it long.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection, delete, select, tuple_

from kith.accounts.orphaned_pictures import record_orphans
from kith.contacts.models import Contact, IdempotencyRecord
from kith.database.unit_of_work import database
from kith.settings import settings

_BATCH: Final = 1000


class PurgeResult(NamedTuple):
    """How many rows were removed."""

    contacts: int
    responses: int


def purge_contacts(at: datetime) -> PurgeResult:
    """Remove expired contacts from the trash, and expired responses to idempotent requests."""
    return PurgeResult(_in_batches(_purge_trash, at), _in_batches(_purge_responses, at))


def _in_batches(purge: Callable[[Connection, datetime], int], at: datetime) -> int:
    total = 0
    while True:
        with database().writing() as work:
            removed = purge(work.connection, at)
        total += removed
        if removed < _BATCH:
            return total


def _purge_trash(connection: Connection, at: datetime) -> int:
    key = (Contact.owner_id, Contact.id)
    expired = (
        select(*key)
        .where(Contact.deleted_at <= at - settings().trash_life)
        .order_by(Contact.deleted_at)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    statement = delete(Contact).where(tuple_(*key).in_(expired))
    photos = connection.scalars(statement.returning(Contact.photo_public_id)).all()
    record_orphans(connection, photos, at)
    return len(photos)


def _purge_responses(connection: Connection, at: datetime) -> int:
    key = (IdempotencyRecord.owner_id, IdempotencyRecord.key)
    expired = (
        select(*key)
        .where(IdempotencyRecord.created_at <= at - settings().idempotency_life)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    return connection.execute(delete(IdempotencyRecord).where(tuple_(*key).in_(expired))).rowcount
