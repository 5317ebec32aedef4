"""The scheduled job: a tick of the planner, its slices, and the recovery of letters.

One step that fails is logged and counted, and the others are done all the same. At the end the job
itself fails when the planner did, so that it is run again; that changes nothing twice.
"""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from typing import Final

from kith import clock
from kith.birthdays.reminders.planner import (
    make_slices,
    measure_slices,
    plan_slice,
    post_slices_or_mark,
    repost_slices,
)
from kith.database.native import NativeConnection, Statements
from kith.json_types import JsonObject
from kith.mail.queue import parse_message
from kith.mail.recovery import (
    measure_account_letters,
    repost_letters,
    settle_expired_claims,
    watch_account_letters,
)
from kith.settings import settings
from kith.telemetry import count_metric, log_exception

Step = Callable[[], int]

_WANTED: Final = 'the event must say for when it plans: {"time": "2027-05-17T06:00:00Z"}'
_PLANNING: Final = "slices"
_WATCH_SECONDS: Final = 5.0  # for PostgreSQL to answer; after that it is asked again


class TimeMissing(Exception):
    """The event does not say for which moment it stands; nothing was done."""


def scheduled_time(event: Mapping[str, object]) -> datetime:
    """The scheduled moment of an event, out of ``{"time": "2027-05-17T09:00:00Z"}``.

    Raises:
        TimeMissing: there is none, or it has no UTC offset (RFC 3339).
    """
    try:
        at = datetime.fromisoformat(str(event["time"]))
        at.astimezone(tz=None)
        _ = at - timedelta(days=40), at + timedelta(days=800)
    except (KeyError, ValueError, OverflowError):
        raise TimeMissing(_WANTED) from None
    if at.tzinfo is None:
        raise TimeMissing(_WANTED)
    return at


def run_tick(
    event: Mapping[str, object], seconds: float, *, inline: bool = False
) -> dict[str, int]:
    """Make the slices of a tick and post them; settle and repost letters.

    Args:
        event: the scheduler's, with its ``time``.
        seconds: how long slices may be planned here: all of them if ``inline``, else only those
            that SQS does not take.
        inline: do not post the slices.

    Returns:
        How much each step has done, without those that failed.

    Raises:
        TimeMissing: the event has no time; nothing was done.
        Exception: what the planner failed with, after everything else was done.
    """
    at, now = scheduled_time(event), clock.now()
    with closing(NativeConnection(settings().database_url)) as database:
        tick = _Tick(database, at, now)
        return run_steps(
            {
                "settled": lambda: settle_expired_claims(database, now),
                _PLANNING: tick.make,
                "posted": tick.post if not inline else lambda: 0,
                "planned": lambda: tick.plan(seconds),
                "reposted": lambda: repost_letters(database, now) + repost_slices(database, now),
                "waiting": lambda: measure_account_letters(database, now),
                "left": lambda: measure_slices(database, now),
            }
        )


def watch_letters() -> int:
    """A watch over the letters of accounts; returns how many were posted again."""
    with closing(NativeConnection(settings().database_url, patience=_WATCH_SECONDS)) as database:
        return watch_account_letters(database)


def run_slices(records: list[JsonObject], seconds: float) -> list[str]:
    """Plan the slices that messages name; returns the ids of the messages that failed."""
    has_time = within(seconds)
    with closing(NativeConnection(settings().database_url)) as database:
        return [
            str(record["messageId"])
            for record in records
            if not _succeeds(database, record, has_time)
        ]


def run_steps(steps: Mapping[str, Step], essential: str = _PLANNING) -> dict[str, int]:
    """Every step, one after the other, whatever becomes of the one before."""
    done: dict[str, int] = {}
    failure: Exception | None = None
    for name, step in steps.items():
        try:
            done[name] = step()
        except Exception as error:  # noqa: BLE001 - the other steps must not suffer
            log_exception("step_failed", step=name)
            count_metric("ChoresFailed", chore=name)
            failure = error if name == essential else failure
    if failure:
        raise failure
    return done


class _Tick:
    """The slices of one tick, between the steps that make, post and plan them."""

    def __init__(self, database: Statements, at: datetime, now: datetime) -> None:
        self._database = database
        self._at = at
        self._now = now
        self._slice_ids: list[int] = []

    def make(self) -> int:
        self._slice_ids = make_slices(self._database, self._at, self._now)
        count_metric("Ticks")
        return len(self._slice_ids)

    def post(self) -> int:
        made = len(self._slice_ids)
        self._slice_ids = post_slices_or_mark(self._database, self._slice_ids)
        return made - len(self._slice_ids)

    def plan(self, seconds: float) -> int:
        """Plan here what was not posted; what the time does not suffice for waits in its slice."""
        has_time = within(seconds)
        return sum(
            plan_slice(self._database, slice_id, self._now, has_time)
            for slice_id in self._slice_ids
        )


def within(seconds: float) -> Callable[[], bool]:
    """Whether that time has not passed yet."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() < end


def _succeeds(database: Statements, record: JsonObject, has_time: Callable[[], bool]) -> bool:
    try:
        slice_id = parse_message(json.loads(record["body"]), "slice_id")
        letters = plan_slice(database, slice_id or 0, clock.now(), has_time)
    except Exception:  # noqa: BLE001 - SQS delivers the message again
        log_exception("slice_failed", message_id=record["messageId"])
        count_metric("SlicesFailed")
        return False
    count_metric("LettersPlanned", letters)
    return slice_id is not None
