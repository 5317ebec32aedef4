"""The quarter hour's work: chores that have nothing to do with each other.

One that fails is logged and counted, and the others are done all the same. At the end the tick
itself fails when the reminders did, so that it is run again; that changes nothing twice.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from kith import clock
from kith.birthdays.reminders.planner import Planner
from kith.database.native import NativeConnection, Statements
from kith.mail.recovery import repost_letters, settle_expired_claims
from kith.settings import settings
from kith.telemetry import count_metric, log_exception

Chore = Callable[[], int]

_WANTED: Final = 'the event must say for when it plans: {"time": "2027-05-17T06:00:00Z"}'


class TimeMissing(Exception):
    """The event does not say for which moment it stands; nothing was done."""


def scheduled_time(event: Mapping[str, Any]) -> datetime:
    """The moment that the scheduler meant, out of ``{"time": "2027-05-17T09:00:00Z"}``.

    Raises:
        TimeMissing: there is none, or it does not say from where it counts (RFC 3339).
    """
    try:
        at = datetime.fromisoformat(event["time"])
        at.astimezone(tz=None)
        _ = at - timedelta(days=40), at + timedelta(days=800)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise TimeMissing(_WANTED) from None
    if at.tzinfo is None:
        raise TimeMissing(_WANTED)
    return at


def run_tick(event: Mapping[str, Any], others: Mapping[str, Chore]) -> dict[str, int]:
    """Mend the post, plan the reminders, and do the other rooms' chores.

    Returns:
        How much each chore has done, without those that failed.

    Raises:
        TimeMissing: the event has no time; nothing was done.
        Exception: what the planner failed with, after everything else was done.
    """
    at, now = scheduled_time(event), clock.now()
    database = NativeConnection(settings().database_url)
    try:
        return run_chores({**_postal_chores(database, at, now), **others})
    finally:
        database.close()


def run_chores(chores: Mapping[str, Chore], essential: str = "planned") -> dict[str, int]:
    """Every chore, one after the other, whatever becomes of the one before."""
    done: dict[str, int] = {}
    trouble: Exception | None = None
    for name, chore in chores.items():
        try:
            done[name] = chore()
        except Exception as why:  # noqa: BLE001 - the other chores must not suffer
            log_exception("chore_failed", chore=name)
            count_metric("ChoresFailed", chore=name)
            trouble = why if name == essential else trouble
    if trouble:
        raise trouble
    count_metric("Ticks")
    return done


def _postal_chores(database: Statements, at: datetime, now: datetime) -> dict[str, Chore]:
    """What is done for the letters: settle, remind, and tell the queue of what it forgot."""
    return {
        "settled": lambda: settle_expired_claims(database, now),
        "planned": lambda: Planner(database, at, now).plan(),
        "reposted": lambda: repost_letters(database, now),
    }
