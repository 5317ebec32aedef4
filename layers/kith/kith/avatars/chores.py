"""What the scheduled job does for pictures: orphans leave, photos of imported cards go up.

Both go on until the given time is spent and continue at the next run; both stop at once when the
provider is away.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from kith.accounts.orphans import adopt
from kith.avatars import repository, service
from kith.avatars.storage import PicturesAway, storage
from kith.database.session import database
from kith.errors import Invalid, NotFound, TooLarge, UnsupportedMedia
from kith.telemetry import log

# Longer than any upload can still be under way, and than a ticket may be confirmed.
_GRACE: Final = timedelta(hours=2)
_LEASE: Final = timedelta(minutes=10)
_PATIENCE: Final = timedelta(days=7)
_BATCH: Final = 50


@dataclass
class Done:
    """How many pictures were removed, put up, and dropped because they were none."""

    removed: int = 0
    hung: int = 0
    dropped: int = 0


def tidy(at: datetime, spend: timedelta) -> Done:
    """Tidy up as it was at a moment, for as long as may be spent."""
    done = Done()
    deadline = time.monotonic() + spend.total_seconds()
    with database().writing() as work:
        repository.forget_stale(work.connection, at - _PATIENCE)
    try:
        storage()
        _remove_orphans(at, deadline, done)
        _hang_waiting(at, deadline, done)
    except PicturesAway:
        log("pictures_left_untidy")
    if done != Done():
        log("pictures_tidied", removed=done.removed, hung=done.hung, dropped=done.dropped)
    return done


def _remove_orphans(at: datetime, deadline: float, done: Done) -> None:
    while time.monotonic() < deadline:
        with database().reading() as connection:
            found = repository.orphans(connection, at - _GRACE, _BATCH)
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
        hangs = repository.hangs(connection, public_id)
    if not hangs and public_id.endswith("/"):
        storage().remove_beneath(public_id)
    elif not hangs:
        storage().remove(public_id)
    with database().writing() as work:
        adopt(work.connection, public_id)


def _hang_waiting(at: datetime, deadline: float, done: Done) -> None:
    while time.monotonic() < deadline:
        with database().writing() as work:
            waiting = repository.take_waiting(work.connection, at, _LEASE)
        if waiting is None:
            return
        _hang(waiting, done)


def _hang(waiting: repository.Waiting, done: Done) -> None:
    try:
        service.change(waiting.place, waiting.content)
        done.hung += 1
    except (Invalid, TooLarge, UnsupportedMedia, NotFound):
        done.dropped += 1
    with database().writing() as work:
        repository.forget_waiting(work.connection, waiting.place)
