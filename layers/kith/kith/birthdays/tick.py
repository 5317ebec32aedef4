"""The quarter hour's work: chores that have nothing to do with each other.

One that fails is logged and counted, and the others are done all the same. At the end the tick
itself fails when the reminders did, so that it is run again; that changes nothing twice.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from kith import clock
from kith.birthdays.reminders import Planner
from kith.database.plain import Plain, Statements
from kith.mail import recovery
from kith.settings import settings
from kith.telemetry import count, failure

Chore = Callable[[], int]


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
        raise TimeMissing from None
    if at.tzinfo is None:
        raise TimeMissing
    return at


def postal_chores(event: Mapping[str, Any]) -> dict[str, Chore]:
    """What is done for the letters: mend, remind, and tell the queue of what it forgot."""
    at = scheduled_time(event)
    database: Statements = Plain(settings().database_url)
    now = clock.now()
    return {
        "settled": lambda: recovery.settle_claims(database, now),
        "planned": lambda: Planner(database, at, now).plan(),
        "reposted": lambda: recovery.repost(database, now),
    }


def run(chores: Mapping[str, Chore], essential: str = "planned") -> dict[str, int]:
    """Do every chore; returns how much each has done, without those that failed.

    Raises:
        Exception: what the essential chore failed with, after the others were done.
    """
    done: dict[str, int] = {}
    trouble: Exception | None = None
    for name, chore in chores.items():
        try:
            done[name] = chore()
        except Exception as why:  # noqa: BLE001 - the other chores must not suffer
            failure("chore_failed", chore=name)
            count("ChoresFailed", chore=name)
            trouble = why if name == essential else trouble
    if trouble:
        raise trouble
    count("Ticks")
    return done
