"""Scheduled cleanup of pictures: orphans are deleted, photos of imported cards uploaded.

A job: it opens its own units of work, so that none is open while the provider is asked. Both parts
go on until the given time is spent and continue at the next run; both stop at once when the
provider is unavailable.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from kith.accounts.orphaned_pictures import claim_orphan
from kith.avatars.repository import (
    PendingPhoto,
    claim_pending_photos,
    discard_pending_photo,
    discard_stale_photos,
    is_shown,
    orphans,
)
from kith.avatars.service import change_picture_in_two_transactions
from kith.avatars.storage import StorageUnavailable, storage
from kith.database.unit_of_work import database
from kith.errors import Invalid, NotFound, TooLarge, UnsupportedMedia
from kith.telemetry import log

# Longer than any upload can still be under way, and than a signature may be confirmed.
_GRACE: Final = timedelta(hours=2)
_LEASE: Final = timedelta(minutes=10)
_LONGEST_WAIT: Final = timedelta(days=7)
_BATCH: Final = 50


@dataclass
class PictureCleanup:
    """How many pictures were removed, uploaded, and dropped because they were none."""

    removed: int = 0
    uploaded: int = 0
    dropped: int = 0


def clean_up_pictures(at: datetime, spend: timedelta) -> PictureCleanup:
    """Remove and upload what there is at a moment, for as long as may be spent."""
    done = PictureCleanup()
    deadline = time.monotonic() + spend.total_seconds()
    with database().writing() as work:
        discard_stale_photos(work.connection, at - _LONGEST_WAIT)
    try:
        storage()
        _remove_orphans(at, deadline, done)
        _upload_pending(at, deadline, done)
    except StorageUnavailable:
        log("picture_cleanup_stopped")
    if done != PictureCleanup():
        log("picture_cleanup", removed=done.removed, uploaded=done.uploaded, dropped=done.dropped)
    return done


def _remove_orphans(at: datetime, deadline: float, done: PictureCleanup) -> None:
    while time.monotonic() < deadline:
        with database().reading() as connection:
            batch = orphans(connection, at - _GRACE, _BATCH)
        if not batch:
            return
        for public_id in batch:
            if time.monotonic() >= deadline:
                return
            _remove(public_id)
            done.removed += 1


def _remove(public_id: str) -> None:
    """At the provider first; a picture that is shown after all is only no orphan any more."""
    with database().reading() as connection:
        shown = is_shown(connection, public_id)
    if not shown and public_id.endswith("/"):
        storage().remove_beneath(public_id)
    elif not shown:
        storage().remove(public_id)
    with database().writing() as work:
        claim_orphan(work.connection, public_id)


def _upload_pending(at: datetime, deadline: float, done: PictureCleanup) -> None:
    while time.monotonic() < deadline:
        with database().writing() as work:
            pending = claim_pending_photos(work.connection, at, _LEASE)
        if pending is None:
            return
        _upload(pending, done)


def _upload(pending: PendingPhoto, done: PictureCleanup) -> None:
    try:
        change_picture_in_two_transactions(pending.slot, pending.content)
        done.uploaded += 1
    except (Invalid, TooLarge, UnsupportedMedia, NotFound):
        done.dropped += 1
    with database().writing() as work:
        discard_pending_photo(work.connection, pending.slot)
