"""What the scheduled job does for pictures: orphans leave, photos of imported cards go up.

Both go on until the given time is spent and continue at the next run; both stop at once when the
provider is away.
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
from kith.avatars.service import change_picture
from kith.avatars.storage import StorageUnavailable, storage
from kith.database.unit_of_work import database
from kith.errors import Invalid, NotFound, TooLarge, UnsupportedMedia
from kith.telemetry import log

# Longer than any upload can still be under way, and than a ticket may be confirmed.
_GRACE: Final = timedelta(hours=2)
_LEASE: Final = timedelta(minutes=10)
_PATIENCE: Final = timedelta(days=7)
_BATCH: Final = 50


@dataclass
class PictureCleanup:
    """How many pictures were removed, put up, and dropped because they were none."""

    removed: int = 0
    hung: int = 0
    dropped: int = 0


def clean_up_pictures(at: datetime, spend: timedelta) -> PictureCleanup:
    """Tidy up as it was at a moment, for as long as may be spent."""
    done = PictureCleanup()
    deadline = time.monotonic() + spend.total_seconds()
    with database().writing() as work:
        discard_stale_photos(work.connection, at - _PATIENCE)
    try:
        storage()
        _remove_orphans(at, deadline, done)
        _hang_waiting(at, deadline, done)
    except StorageUnavailable:
        log("pictures_left_untidy")
    if done != PictureCleanup():
        log("pictures_tidied", removed=done.removed, hung=done.hung, dropped=done.dropped)
    return done


def _remove_orphans(at: datetime, deadline: float, done: PictureCleanup) -> None:
    while time.monotonic() < deadline:
        with database().reading() as connection:
            found = orphans(connection, at - _GRACE, _BATCH)
        if not found:
            return
        for public_id in found:
            if time.monotonic() >= deadline:
                return
            _remove(public_id)
            done.removed += 1


def _remove(public_id: str) -> None:
    """At the provider first; a picture that hangs somewhere after all is only crossed out."""
    with database().reading() as connection:
        hangs = is_shown(connection, public_id)
    if not hangs and public_id.endswith("/"):
        storage().remove_beneath(public_id)
    elif not hangs:
        storage().remove(public_id)
    with database().writing() as work:
        claim_orphan(work.connection, public_id)


def _hang_waiting(at: datetime, deadline: float, done: PictureCleanup) -> None:
    while time.monotonic() < deadline:
        with database().writing() as work:
            waiting = claim_pending_photos(work.connection, at, _LEASE)
        if waiting is None:
            return
        _hang(waiting, done)


def _hang(waiting: PendingPhoto, done: PictureCleanup) -> None:
    try:
        change_picture(waiting.place, waiting.content)
        done.hung += 1
    except (Invalid, TooLarge, UnsupportedMedia, NotFound):
        done.dropped += 1
    with database().writing() as work:
        discard_pending_photo(work.connection, waiting.place)
