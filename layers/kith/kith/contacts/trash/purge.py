"""Scheduled cleanup in all address books: what nobody can ask for any more.

The one module of the package that looks beyond one owner. It works in batches, each a transaction
of its own, so that nobody waits for it long.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, select, tuple_

from kith.accounts.orphaned_pictures import record_orphans
from kith.contacts.models import (
    Contact,
    IdempotencyRecord,
    ImportItem,
    ImportRecord,
    Tombstone,
)
from kith.contacts.repository import purge_trashed
from kith.database.unit_of_work import database
from kith.settings import settings

# Longer than a sync token lives, by a day.
TOMBSTONE_LIFE: Final = timedelta(days=91)

_BATCH: Final = 1000


class PurgeResult(NamedTuple):
    """How many rows were removed."""

    contacts: int
    responses: int
    import_items: int
    imports: int
    tombstones: int


def purge_contacts(at: datetime) -> PurgeResult:
    """Remove expired contacts from the trash, responses to idempotent requests, and imports."""
    purges = (
        *(_purge_trash, _purge_responses, _purge_import_items, _purge_imports),
        _purge_tombstones,
    )
    return PurgeResult(*(_in_batches(purge, at) for purge in purges))


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
    photos = purge_trashed(connection, tuple_(*key).in_(expired))
    record_orphans(connection, photos, at)
    return len(photos)


def _purge_tombstones(connection: Connection, at: datetime) -> int:
    key = (Tombstone.owner_id, Tombstone.contact_id)
    expired = (
        select(*key)
        .where(Tombstone.deleted_at <= at - TOMBSTONE_LIFE)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    return connection.execute(delete(Tombstone).where(tuple_(*key).in_(expired))).rowcount


def _purge_responses(connection: Connection, at: datetime) -> int:
    key = (IdempotencyRecord.owner_id, IdempotencyRecord.key)
    expired = (
        select(*key)
        .where(IdempotencyRecord.created_at <= at - settings().idempotency_life)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    return connection.execute(delete(IdempotencyRecord).where(tuple_(*key).in_(expired))).rowcount


def _purge_import_items(connection: Connection, at: datetime) -> int:
    """By themselves first: an import has more of them than one statement should remove."""
    key = (ImportItem.owner_id, ImportItem.import_id, ImportItem.number)
    imports = (
        ImportItem.owner_id == ImportRecord.owner_id,
        ImportItem.import_id == ImportRecord.id,
    )
    expired = select(*key).join(ImportRecord, and_(*imports)).where(_is_expired(at)).limit(_BATCH)
    return connection.execute(delete(ImportItem).where(tuple_(*key).in_(expired))).rowcount


def _purge_imports(connection: Connection, at: datetime) -> int:
    key = (ImportRecord.owner_id, ImportRecord.id)
    expired = select(*key).where(_is_expired(at)).limit(_BATCH).with_for_update(skip_locked=True)
    return connection.execute(delete(ImportRecord).where(tuple_(*key).in_(expired))).rowcount


def _is_expired(at: datetime) -> ColumnElement[bool]:
    return ImportRecord.created_at <= at - settings().import_undo_life
