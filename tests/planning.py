"""The planner in tests: one tick, with all of its slices, here and now."""

from datetime import datetime

from kith.birthdays.reminders.planner import make_slices, plan_slice
from kith.database.native import Statements


def plan_tick(database: Statements, at: datetime, now: datetime | None = None) -> int:
    """How many letters a tick has planned; ``at`` is the scheduled moment, ``now`` the clock's."""
    now = now or at
    slice_ids = make_slices(database, at, now)
    return sum(plan_slice(database, slice_id, now, lambda: True) for slice_id in slice_ids)
