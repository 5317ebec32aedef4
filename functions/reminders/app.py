"""Reminders: what the scheduler wakes every quarter of an hour."""

from typing import Any

from kith.birthdays import tick


def handler(event: dict[str, Any], _context: Any) -> dict[str, int]:
    """Takes ``{"time": "2027-05-17T09:00:00Z"}``, answers how much was done of each chore."""
    return tick.run(tick.postal_chores(event))
