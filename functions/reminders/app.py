"""Reminders: what the scheduler wakes every quarter of an hour."""

from datetime import timedelta
from typing import Any

from kith.cold_start import cold_start

with cold_start():
    from kith import clock
    from kith.birthdays.reminders.job import run_tick


def handler(event: dict[str, Any], _context: Any) -> dict[str, int]:
    """Takes ``{"time": "2027-05-17T09:00:00Z"}``, answers how much was done of each chore."""
    others = {"trash": _sweep_contacts, "accounts": _tidy_accounts, "pictures": _tidy_pictures}
    return run_tick(event, others)


def _sweep_contacts() -> int:
    """After the letters, and imported only now: the planner starts without SQLAlchemy."""
    from kith.contacts.trash.purge import purge_contacts

    done = purge_contacts(clock.now())
    return sum(done)


def _tidy_accounts() -> int:
    """Old counts, dead sessions, expired tokens: nothing depends on their going."""
    from kith.accounts.cleanup import clean_up_accounts
    from kith.database.unit_of_work import database

    with database().writing() as work:
        return clean_up_accounts(work, clock.now())


def _tidy_pictures() -> int:
    """Last, for a few seconds, and imported only now: letters do not wait for pictures."""
    from kith.avatars.cleanup import clean_up_pictures

    done = clean_up_pictures(clock.now(), timedelta(seconds=5))
    return done.removed + done.uploaded
