"""Counts in Postgres: for limits that must hold without Redis, and for rare actions.

Check and increment are one statement; a count inside a larger transaction is rolled back with it.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from kith.limits.models import LimitCount
from kith.limits.windows import Limit, RateWindow, Verdict

_PURGED_AT_ONCE: Final = 1_000


def increment(connection: Connection, limit: Limit, subject: str, at: datetime) -> Verdict:
    """Count one more for ``subject``: is that still within the limit?"""
    window = RateWindow.at(at, limit.window)
    key = window.key(limit.name, subject)
    used = add_count(connection, key, amount=1, floor=0, until=at + limit.window)
    return Verdict(limit, used, window.resets_in)


def peek(connection: Connection, limit: Limit, subject: str, at: datetime) -> Verdict:
    """What ``increment`` would say, with nothing counted."""
    window = RateWindow.at(at, limit.window)
    used = read_counts(connection, window.key(limit.name, subject)) + 1
    return Verdict(limit, used, window.resets_in)


def reset_count(connection: Connection, limit: Limit, subject: str, at: datetime) -> None:
    """Set the count of ``subject`` in this window back to nothing."""
    key = RateWindow.at(at, limit.window).key(limit.name, subject)
    connection.execute(delete(LimitCount).where(LimitCount.key == key))


def add_count(connection: Connection, key: str, *, amount: int, floor: int, until: datetime) -> int:
    """Raise a count to at least ``floor``, add ``amount``, and return the sum."""
    raised = func.greatest(LimitCount.count, literal(floor)) + literal(amount)
    statement = (
        insert(LimitCount)
        .values(key=key, count=floor + amount, expires_at=until)
        .on_conflict_do_update(index_elements=["key"], set_={"count": raised})
        .returning(LimitCount.count)
    )
    return int(connection.execute(statement).scalar_one())


def read_counts(connection: Connection, key: str) -> int:
    """The present count."""
    statement = select(LimitCount.count).where(LimitCount.key == key)
    return connection.scalar(statement) or 0


def purge_expired_counts(connection: Connection, at: datetime) -> int:
    """Remove a batch of counts of windows that have passed, and return how many there were."""
    expired = select(LimitCount.key).where(LimitCount.expires_at < at).limit(_PURGED_AT_ONCE)
    statement = delete(LimitCount).where(
        LimitCount.key.in_(expired.with_for_update(skip_locked=True))
    )
    return connection.execute(statement).rowcount
