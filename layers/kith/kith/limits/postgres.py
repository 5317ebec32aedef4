"""Counts in Postgres: for what must hold whatever becomes of Redis, and for what is rare anyway.

The check and the count are one statement; a count that is part of a larger transaction is undone
with it.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from kith.limits.models import LimitCount
from kith.limits.windows import Limit, RateWindow, Verdict


def increment(connection: Connection, limit: Limit, subject: str, at: datetime) -> Verdict:
    """Count one more for ``subject`` and say whether it is still within the limit."""
    window = RateWindow.at(at, limit.window)
    key = window.key(limit.name, subject)
    used = add_count(connection, key, amount=1, floor=0, until=at + limit.window)
    return Verdict(limit, used, window.resets_in)


def reset_count(connection: Connection, limit: Limit, subject: str, at: datetime) -> None:
    """Begin again with nothing counted for ``subject`` in this window."""
    key = RateWindow.at(at, limit.window).key(limit.name, subject)
    connection.execute(delete(LimitCount).where(LimitCount.key == key))


def add_count(connection: Connection, key: str, *, amount: int, floor: int, until: datetime) -> int:
    """Raise a count to at least ``floor``, add ``amount``, and tell the sum."""
    fresh: dict[str, Any] = {"key": key, "count": floor + amount, "expires_at": until}
    raised = func.greatest(LimitCount.count, literal(floor)) + literal(amount)
    statement = (
        insert(LimitCount)
        .values(**fresh)
        .on_conflict_do_update(index_elements=["key"], set_={"count": raised})
        .returning(LimitCount.count)
    )
    return int(connection.execute(statement).scalar_one())


def read_counts(connection: Connection, key: str) -> int:
    """A count as it stands."""
    statement = select(LimitCount.count).where(LimitCount.key == key)
    return connection.scalar(statement) or 0


def purge_expired_counts(connection: Connection, at: datetime) -> int:
    """Remove counts that nobody asks for any more, and tell how many there were."""
    statement = delete(LimitCount).where(LimitCount.expires_at < at)
    return connection.execute(statement).rowcount
