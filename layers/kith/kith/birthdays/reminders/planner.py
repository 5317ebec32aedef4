"""The planner: a tick makes slices of the owners who may be due, each slice makes letters.

A tick goes by the scheduled time, not by the clock. It is responsible for the hours since the tick
before; late, repeated, parallel and out-of-order ticks and slices change nothing, because the
unique keys of letters and log decide what is new. Slices are rows, made in the transaction that
moves the planner's state on, so that none is lost with its message.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from kith.birthdays.reminders.due_dates import (
    LocalHours,
    columns_of,
    hours_missed,
    hours_of_today,
    hours_reached,
    observed_days,
    window_start,
)
from kith.birthdays.reminders.local_time import TICK, wall_clock
from kith.birthdays.reminders.planner_sql import (
    CLAIM_SLICE,
    EXPIRE,
    FINISH_SLICE,
    KEEP_REST,
    MAKE_SLICES,
    MARK_SLICES_UNPOSTED,
    OLDEST_SLICE,
    OWNERS,
    PLAN,
    PLANNED_UNTIL,
    TAKE_UNPOSTED_SLICES,
    ZONES,
)
from kith.database.native import Statements
from kith.mail.queue import post_letters, post_slices
from kith.mail.recovery import mark_rows_unposted
from kith.telemetry import count_metric, log, log_exception

_OWNERS_PER_SLICE: Final = 500
_CONTACTS_PER_BATCH: Final = 25_000
_LEASE: Final = timedelta(minutes=5)  # longer than the function's timeout
_HOURS: Final = ("zone", "day", "first", "covers", "reached", "minutes_left", "day_before", "ends")
_DAYS: Final = ("today", "birth_key", "occurrence", "lead", "leap_day", "other", "late")


class SliceOwner(NamedTuple):
    """A user of a slice; ``contacts`` tells how much work they are."""

    id: UUID
    zone: str
    contacts: int


class Slice(NamedTuple):
    """Some owners, to be planned for one tick."""

    id: int
    tick: datetime
    since: datetime | None
    owners: list[UUID]


class SliceFailed(Exception):
    """Some owners of a slice could not be planned; they stay in it for the next attempt."""


def make_slices(database: Statements, at: datetime, now: datetime) -> list[int]:
    """Make the slices of a tick, ``at`` being the scheduled moment; returns their ids."""
    rows = database.run(PLANNED_UNTIL)
    since = window_start(at, rows[0][0] if rows else None)
    clocks = [wall_clock(zone, at) for (zone,) in database.run(ZONES)]
    today = hours_of_today(clocks, now)
    ranges = {
        (hours.zone, hours.first, hours.covers)
        for hours in (*hours_reached(clocks, now, since), *hours_missed(clocks, now, since))
    }
    zones, firsts, covers = zip(*sorted(ranges), strict=True) if ranges else ((), (), ())
    slices = database.run(
        MAKE_SLICES,
        at=at,
        since=since,
        now=now,
        zones=list(zones),
        firsts=list(firsts),
        covers=list(covers),
        todays_zones=[hours.zone for hours in today],
        todays_covers=[hours.covers for hours in today],
        changed_after=since - TICK if since else at,
        owners_per_slice=_OWNERS_PER_SLICE,
    )
    log("slices_made", at=at.isoformat(), slices=len(slices))
    return [slice_id for (slice_id,) in slices]


def post_slices_or_mark(database: Statements, slice_ids: Sequence[int]) -> list[int]:
    """Post slices; those that SQS did not take are marked for the next tick, and returned."""
    refused = post_slices(slice_ids)
    if refused:
        database.run(MARK_SLICES_UNPOSTED, ids=refused)
    return refused


def repost_slices(database: Statements, now: datetime) -> int:
    """Post the slices that SQS did not take, or that nobody has done in a tick's time."""
    rows = database.run(TAKE_UNPOSTED_SLICES, now=now, long_ago=now - TICK)
    slice_ids = [slice_id for (slice_id,) in rows]
    return len(slice_ids) - len(post_slices_or_mark(database, slice_ids))


def measure_slices(database: Statements, now: datetime) -> int:
    """The heartbeat: how many slices there are, and how old the oldest is, as metrics."""
    [[slices, age]] = database.run(OLDEST_SLICE, now=now)
    count_metric("Slices", slices)
    count_metric("OldestSliceSeconds", max(0.0, float(age)))
    return int(slices)


def plan_slice(
    database: Statements, slice_id: int, now: datetime, has_time: Callable[[], bool]
) -> int:
    """Plan the owners of a slice, as long as there is time; the rest stays in it and is posted.

    Returns:
        How many letters were planned; 0 also if another worker has the slice, or it is done.

    Raises:
        SliceFailed: the database refused some owners; the others are done.
    """
    rows = database.run(CLAIM_SLICE, slice_id=slice_id, now=now, lease=_LEASE)
    if not rows:
        return 0
    work = _SliceWork(database, Slice(slice_id, *rows[0]), now)
    letters = work.run(has_time)
    if not work.rest:
        database.run(FINISH_SLICE, slice_id=slice_id)
        return letters
    database.run(KEEP_REST, slice_id=slice_id, owners=work.rest, now=now)
    if work.failed:
        raise SliceFailed
    post_slices_or_mark(database, [slice_id])
    return letters


class _SliceWork:
    """One attempt at a slice; ``rest`` are the owners that it leaves to the next."""

    def __init__(self, database: Statements, given: Slice, now: datetime) -> None:
        self._database = database
        self._slice = given
        self._now = now
        self.failed = False
        self.rest: list[UUID] = []

    def run(self, has_time: Callable[[], bool]) -> int:
        rows = self._database.run(OWNERS, owners=self._slice.owners)
        owners = [SliceOwner(*row) for row in rows]
        letters = 0
        for batch in batches(owners):
            if has_time():
                letters += self._try_batch(batch)
            else:
                self.rest += [owner.id for owner in batch]
        return letters

    def _try_batch(self, batch: Sequence[SliceOwner]) -> int:
        """A batch that the database refuses is tried owner by owner: one must not stop others."""
        from pg8000.exceptions import DatabaseError

        try:
            return self._plan_batch(batch)
        except DatabaseError:
            log_exception("batch_failed", slice_id=self._slice.id, owners=len(batch))
        if len(batch) > 1:
            return sum(self._try_batch([owner]) for owner in batch)
        self.failed = True
        self.rest.append(batch[0].id)
        return 0

    def _plan_batch(self, batch: Sequence[SliceOwner]) -> int:
        clocks = [wall_clock(zone, self._slice.tick) for zone in sorted({o.zone for o in batch})]
        owners = [owner.id for owner in batch]
        missed = hours_missed(clocks, self._now, self._slice.since)
        if missed:
            self._database.run(EXPIRE, **self._values(owners, missed))
        today = hours_of_today(clocks, self._now)
        letters = self._database.run(PLAN, **self._values(owners, today)) if today else []
        self._post(letters)
        return len(letters)

    def _values(self, owners: list[UUID], hours: Sequence[LocalHours]) -> dict[str, object]:
        days = observed_days(sorted({each.day for each in hours}))
        return {
            **columns_of(hours, _HOURS),
            **columns_of(days, _DAYS),
            "owners": owners,
            "now": self._now,
        }

    def _post(self, letters: Sequence[Sequence[int]]) -> None:
        """Post letters, each with the seconds that it has to wait."""
        for wait in sorted({wait for _, wait in letters}):
            letter_ids = [letter_id for letter_id, after in letters if after == wait]
            refused = post_letters(letter_ids, "reminders", timedelta(seconds=wait))
            if refused:
                mark_rows_unposted(self._database, refused)


def batches(owners: Iterable[SliceOwner]) -> Iterator[list[SliceOwner]]:
    """Owners, in parts that hold so many contacts together that a statement stays short."""
    batch: list[SliceOwner] = []
    contacts = 0
    for owner in owners:
        if batch and contacts + owner.contacts > _CONTACTS_PER_BATCH:
            yield batch
            batch, contacts = [], 0
        batch.append(owner)
        contacts += owner.contacts
    if batch:
        yield batch
