"""Reminders: what the scheduler wakes every quarter of an hour."""

from datetime import timedelta
from typing import Any

from kith import clock
from kith.birthdays import tick


def handler(event: dict[str, Any], _context: Any) -> dict[str, int]:
    """Takes ``{"time": "2027-05-17T09:00:00Z"}``, answers how much was done of each chore."""
    return tick.run(event, {"trash": _sweep_contacts, "pictures": _tidy_pictures})


def _sweep_contacts() -> int:
    """After the letters, and imported only now: the planner starts without SQLAlchemy."""
    from kith.contacts.sweeping import sweep

    done = sweep(clock.now())
    return sum(done)


def _tidy_pictures() -> int:
    """Last, for a few seconds, and imported only now: letters do not wait for pictures."""
    from kith.avatars.chores import tidy

    done = tidy(clock.now(), timedelta(seconds=5))
    return done.removed + done.hung
