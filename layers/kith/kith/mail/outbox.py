"""The outbox: a letter is a row, written with its cause, claimed before it is sent.

pending ──claim──▶ claimed ──hand over──▶ handed_over ──▶ sent       SES accepted it
   ▲                  │                        ├────────▶ failed     SES will never accept it
   │                  ├──▶ dropped             └────────▶ unknown    the answer was lost
   └──────────────────┴── not sent for certain: later ────┘

Only what was handed over can have left. A worker that died leaves its claim behind; when the lease
has run out, ``kith.mail.recovery`` settles it.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from kith.database.unit_of_work import UnitOfWork, database
from kith.errors import Unavailable
from kith.json_types import JsonObject
from kith.mail.models import OutboxLetter
from kith.mail.queue import REMINDER_PREFIX, Lane, lane_of, post_letters

_IN_HAND: Final = ("claimed", "handed_over")
_A_DAY: Final = timedelta(days=1)
_NOBODY: Final = UUID(int=0)
_PURGED_AT_ONCE: Final = 1_000
_POSTED_ALONG: Final = 9  # with the request's own letter that is one call of SQS

_is_reminder: Final = OutboxLetter.kind.startswith(REMINDER_PREFIX, autoescape=True)


@dataclass(frozen=True, slots=True)
class Letter:
    """A claimed letter; ``attempts`` names the claim.

    The nil UUID is the user of a letter about an account that is gone.
    """

    id: int
    kind: str
    user_id: UUID
    data: JsonObject
    key: str
    attempts: int
    created_at: datetime

    @property
    def lane(self) -> Lane:
        return lane_of(self.kind)

    @property
    def repeatable(self) -> bool:
        """Whether a second copy does less harm than none: true of links that somebody waits for."""
        return self.lane == "accounts"


def enqueue_letter(  # noqa: PLR0913 - the facts of a letter
    work: UnitOfWork,
    kind: str,
    user_id: UUID | None,
    *,
    key: str,
    at: datetime,
    data: Mapping[str, object] | None = None,
) -> int | None:
    """Put a letter of an account into the outbox, and post it after the commit.

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
        post_after_commit(work, letter_id, at)
    return letter_id


def post_after_commit(work: UnitOfWork, letter_id: int, at: datetime) -> None:
    """Post a letter after the commit, and along with it some that SQS did not take before."""
    letter_ids = [letter_id, *_take_unposted(work.connection, at)]
    work.after_commit(lambda: _post_or_mark(letter_ids, "accounts"))


def _take_unposted(connection: Connection, at: datetime) -> Sequence[int]:
    unposted = (
        select(OutboxLetter.id)
        .where(
            OutboxLetter.state == "pending",
            OutboxLetter.posted_at.is_(None),
            OutboxLetter.not_before <= at,
            ~_is_reminder,
        )
        .limit(_POSTED_ALONG)
        .with_for_update(skip_locked=True)
    )
    statement = update(OutboxLetter).where(OutboxLetter.id.in_(unposted)).values(posted_at=at)
    return connection.scalars(statement.returning(OutboxLetter.id)).all()


def _post_or_mark(letter_ids: Sequence[int], lane: Lane) -> None:
    """Post letters; those that SQS did not take are marked in a second transaction."""
    refused = post_letters(letter_ids, lane)
    if refused:
        with suppress(Unavailable), database().writing() as work:
            mark_unposted(work.connection, refused)


def mark_unposted(connection: Connection, letter_ids: Sequence[int]) -> None:
    """SQS did not take these letters: the next request or tick posts them again."""
    waiting = and_(OutboxLetter.id.in_(letter_ids), OutboxLetter.state == "pending")
    connection.execute(update(OutboxLetter).where(waiting).values(posted_at=None))


def revive_suppressed(work: UnitOfWork, user_id: UUID, at: datetime) -> None:
    """Reminders of these hours that a suppression dropped, which is lifted now, are due again."""
    dropped = and_(
        OutboxLetter.user_id == user_id,
        OutboxLetter.state == "dropped",
        OutboxLetter.reason == "suppressed",
        OutboxLetter.done_at > at - _A_DAY,
        _is_reminder,
    )
    again = {"state": "pending", "not_before": at, "posted_at": at, "done_at": None, "reason": None}
    statement = update(OutboxLetter).where(dropped).values(again).returning(OutboxLetter.id)
    letter_ids = work.connection.scalars(statement).all()
    work.after_commit(lambda: _post_or_mark(letter_ids, "reminders"))


def claim_letter(
    connection: Connection, letter_id: int, at: datetime, lease: timedelta
) -> Letter | None:
    """Claim a letter for the time of a lease; ``None`` when it is not to be had."""
    statement = (
        update(OutboxLetter)
        .where(OutboxLetter.id == letter_id, _claimable(at))
        .values(state="claimed", lease_until=at + lease, attempts=OutboxLetter.attempts + 1)
        .returning(
            OutboxLetter.id,
            OutboxLetter.kind,
            func.coalesce(OutboxLetter.user_id, _NOBODY),
            OutboxLetter.data,
            OutboxLetter.key,
            OutboxLetter.attempts,
            OutboxLetter.created_at,
        )
    )
    row = connection.execute(statement).one_or_none()
    return Letter(*row) if row else None


def _claimable(at: datetime) -> ColumnElement[bool]:
    """Waiting and due; or left behind by a worker that died, where no second copy does harm."""
    abandoned = OutboxLetter.lease_until <= at
    return or_(
        and_(OutboxLetter.state == "pending", OutboxLetter.not_before <= at),
        and_(OutboxLetter.state == "claimed", abandoned),
        and_(OutboxLetter.state == "handed_over", abandoned, ~_is_reminder),
    )


def hand_over(connection: Connection, letter: Letter, until: datetime) -> bool:
    """Mark that SES is called next; false: the claim is not ours any more, and must not be sent."""
    claim = and_(_claim_of(letter), OutboxLetter.state == "claimed")
    statement = update(OutboxLetter).where(claim).values(state="handed_over", lease_until=until)
    return connection.scalar(statement.returning(OutboxLetter.id)) is not None


def waiting_time(connection: Connection, letter_id: int, at: datetime) -> timedelta | None:
    """How long a letter has still to wait; ``None`` when it does not wait for its time."""
    statement = select(OutboxLetter.not_before).where(
        OutboxLetter.id == letter_id, OutboxLetter.state == "pending", OutboxLetter.not_before > at
    )
    not_before: datetime | None = connection.scalar(statement)
    return not_before - at if not_before else None


def finish(connection: Connection, letter: Letter, state: str, **facts: object) -> None:
    """Record the outcome of a claimed letter; ``facts`` are further columns."""
    changes = {"state": state, "lease_until": None, **facts}
    _update(connection, letter, (*_IN_HAND, "unknown", "sent"), changes)


def purge_orphaned_letters(connection: Connection, done_before: datetime) -> int:
    """Remove a batch of letters about accounts that are gone: nothing of them is kept for long."""
    done = and_(OutboxLetter.user_id.is_(None), OutboxLetter.done_at < done_before)
    batch = select(OutboxLetter.id).where(done).limit(_PURGED_AT_ONCE)
    batch = batch.with_for_update(skip_locked=True)
    return connection.execute(delete(OutboxLetter).where(OutboxLetter.id.in_(batch))).rowcount


def postpone_letter(connection: Connection, letter: Letter, until: datetime, reason: str) -> None:
    """Put a letter back that was certainly not sent; its next message comes at that time."""
    times = {"not_before": until, "posted_at": until, "lease_until": None}
    changes = {"state": "pending", "reason": reason, **times}
    _update(connection, letter, (*_IN_HAND, "unknown"), changes)


def _update(
    connection: Connection, letter: Letter, states: Sequence[str], changes: Mapping[str, object]
) -> None:
    """Only a claim that is still ours, or was settled while we were slow."""
    claim = and_(_claim_of(letter), OutboxLetter.state.in_(states))
    connection.execute(update(OutboxLetter).where(claim).values(changes))


def _claim_of(letter: Letter) -> ColumnElement[bool]:
    return and_(OutboxLetter.id == letter.id, OutboxLetter.attempts == letter.attempts)
