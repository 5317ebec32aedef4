"""The outbox: a letter is a row, written with its cause, claimed before it is sent.

pending ──claim──▶ claimed ──▶ sent       SES took it
                      │  ├──▶ failed     it will never be taken
                      │  ├──▶ unknown    the answer was lost: it may have left
                      │  ├──▶ dropped    by now there is no reason to send it
                      └──▶ pending       SES proved that it did not take it: later
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, select, update
from sqlalchemy.dialects.postgresql import insert

from kith.database.session import Work
from kith.mail.queue import post
from kith.mail.tables import outbox


@dataclass(frozen=True, slots=True)
class Letter:
    """A claimed letter: what it is about, and which attempt this is."""

    id: int
    kind: str
    user_id: UUID
    data: Mapping[str, Any]
    key: str
    attempts: int
    created_at: datetime


def enqueue(  # noqa: PLR0913 - the facts of a letter
    work: Work,
    kind: str,
    user_id: UUID,
    *,
    key: str,
    at: datetime,
    data: Mapping[str, Any] | None = None,
) -> int | None:
    """Put a letter into the outbox, and tell the queue once the transaction is true.

    Returns:
        The letter's id, or ``None`` when a letter with this key exists already.
    """
    row = {"kind": kind, "user_id": user_id, "key": key, "data": dict(data or {})}
    statement = (
        insert(outbox)
        .values(**row, not_before=at, created_at=at)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(outbox.c.id)
    )
    letter_id: int | None = work.connection.scalar(statement)
    if letter_id is not None:
        work.after_commit(lambda: post([letter_id]))
    return letter_id


def claim(connection: Connection, letter_id: int, at: datetime, lease: timedelta) -> Letter | None:
    """Take a letter for the time of a lease; ``None`` when it is not to be had."""
    statement = (
        update(outbox)
        .where(outbox.c.id == letter_id, _ready(at))
        .values(state="claimed", lease_until=at + lease, attempts=outbox.c.attempts + 1)
        .returning(
            outbox.c.id,
            outbox.c.kind,
            outbox.c.user_id,
            outbox.c.data,
            outbox.c.key,
            outbox.c.attempts,
            outbox.c.created_at,
        )
    )
    row = connection.execute(statement).one_or_none()
    return Letter(*row) if row else None


def conclude(  # noqa: PLR0913 - what became of a letter
    connection: Connection,
    letter: Letter,
    state: str,
    at: datetime,
    *,
    provider_id: str | None = None,
    reason: str | None = None,
) -> None:
    """Write down what became of a claimed letter."""
    connection.execute(
        update(outbox)
        .where(outbox.c.id == letter.id, outbox.c.attempts == letter.attempts)
        .values(state=state, done_at=at, lease_until=None, provider_id=provider_id, reason=reason)
    )


def postpone(connection: Connection, letter: Letter, until: datetime, reason: str) -> None:
    """Put a letter back that was certainly not sent."""
    connection.execute(
        update(outbox)
        .where(outbox.c.id == letter.id, outbox.c.attempts == letter.attempts)
        .values(state="pending", not_before=until, lease_until=None, reason=reason)
    )


def overdue(connection: Connection, at: datetime, limit: int) -> list[int]:
    """Letters that wait although nobody seems to know of them: the queue lost them, or a sender."""
    statement = select(outbox.c.id).where(_ready(at)).order_by(outbox.c.not_before).limit(limit)
    return list(connection.scalars(statement))


def _ready(at: datetime) -> Any:
    """Pending and due. A claim whose lease ran out is for the reconciler, not for a second send."""
    return and_(outbox.c.state == "pending", outbox.c.not_before <= at)
