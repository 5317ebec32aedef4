"""The outbox: a letter is a row, written with its cause, claimed before it is sent.

pending ──claim──▶ claimed ──▶ sent       SES took it
   ▲                  │  ├──▶ failed     it will never be taken
   │                  │  ├──▶ unknown    the answer was lost: it may have left
   │                  │  ├──▶ dropped    by now there is no reason to send it
   └──────────────────┘  SES proved that it did not take it: later

A sender that died leaves its claim behind; when the lease has run out, ``kith.mail.recovery``
settles it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from kith.database.unit_of_work import UnitOfWork
from kith.mail.models import OutboxLetter
from kith.mail.queue import post_letters

ONCE_ONLY: Final = "reminder_"  # kinds that begin so are rather lost than sent twice


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

    @property
    def repeatable(self) -> bool:
        """Whether a second copy does less harm than none: true of links that somebody waits for."""
        return not self.kind.startswith(ONCE_ONLY)


def enqueue_letter(  # noqa: PLR0913 - the facts of a letter
    work: UnitOfWork,
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
        insert(OutboxLetter)
        .values(**row, not_before=at, posted_at=at, created_at=at)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(OutboxLetter.id)
    )
    letter_id: int | None = work.connection.scalar(statement)
    if letter_id is not None:
        work.after_commit(lambda: post_letters([letter_id]))
    return letter_id


def claim_letter(
    connection: Connection, letter_id: int, at: datetime, lease: timedelta
) -> Letter | None:
    """Take a letter for the time of a lease; ``None`` when it is not to be had."""
    statement = (
        update(OutboxLetter)
        .where(OutboxLetter.id == letter_id, _free(at))
        .values(state="claimed", lease_until=at + lease, attempts=OutboxLetter.attempts + 1)
        .returning(
            OutboxLetter.id,
            OutboxLetter.kind,
            OutboxLetter.user_id,
            OutboxLetter.data,
            OutboxLetter.key,
            OutboxLetter.attempts,
            OutboxLetter.created_at,
        )
    )
    row = connection.execute(statement).one_or_none()
    return Letter(*row) if row else None


def _free(at: datetime) -> ColumnElement[bool]:
    """Waiting and due; or left behind by a sender that died, where a second copy does no harm."""
    return or_(
        and_(OutboxLetter.state == "pending", OutboxLetter.not_before <= at),
        and_(
            OutboxLetter.state == "claimed",
            OutboxLetter.lease_until <= at,
            ~OutboxLetter.kind.startswith(ONCE_ONLY, autoescape=True),
        ),
    )


def postpone_claimed(connection: Connection, letter_id: int, at: datetime) -> timedelta | None:
    """How long a letter has still to wait; ``None`` when it does not wait for its time."""
    statement = select(OutboxLetter.not_before).where(
        OutboxLetter.id == letter_id, OutboxLetter.state == "pending", OutboxLetter.not_before > at
    )
    not_before: datetime | None = connection.scalar(statement)
    return not_before - at if not_before else None


def finish(connection: Connection, letter: Letter, state: str, **facts: Any) -> None:
    """Write down what became of a claimed letter; ``facts`` are further columns."""
    _update(connection, letter, state=state, lease_until=None, **facts)


def postpone_letter(connection: Connection, letter: Letter, until: datetime, reason: str) -> None:
    """Put a letter back that was certainly not sent; the queue will tell of it at that time."""
    changes = {"not_before": until, "posted_at": until, "lease_until": None, "reason": reason}
    _update(connection, letter, state="pending", **changes)


def _update(connection: Connection, letter: Letter, **changes: Any) -> None:
    """Only the claim that is still ours: the number of the attempt is its name."""
    connection.execute(
        update(OutboxLetter)
        .where(
            OutboxLetter.id == letter.id,
            OutboxLetter.attempts == letter.attempts,
            OutboxLetter.state.in_(("claimed", "unknown")),
        )
        .values(**changes)
    )
