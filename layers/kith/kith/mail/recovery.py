"""What the scheduled tick mends: letters that the queue lost, claims whose sender died."""

from datetime import datetime
from typing import Final

from kith.database.native import Statements
from kith.mail.queue import post_letters
from kith.settings import settings
from kith.telemetry import count_metric, log

_AT_ONCE: Final = 1_000

# A sender that died while it held a letter may or may not have sent it. A letter that does less
# harm twice than never goes out again; a reminder counts as unknown.
_SETTLE = """
UPDATE outbox
SET state = CASE WHEN starts_with(kind, 'reminder_') THEN 'unknown' ELSE 'pending' END,
    done_at = CASE WHEN starts_with(kind, 'reminder_') THEN CAST(:at AS timestamptz) END,
    posted_at = NULL,
    lease_until = NULL,
    reason = 'sender_died'
WHERE state = 'claimed' AND lease_until <= :at
RETURNING state
"""

_OVERDUE = """
UPDATE outbox
SET posted_at = :at
WHERE id IN (
    SELECT id FROM outbox
    WHERE state = 'pending' AND not_before <= :at
      AND (posted_at IS NULL OR posted_at <= :long_ago)
    ORDER BY not_before
    LIMIT :at_once
    FOR UPDATE SKIP LOCKED
)
RETURNING id
"""


def settle_expired_claims(database: Statements, at: datetime) -> int:
    """Conclude the claims whose lease ran out; returns how many there were."""
    states = [state for (state,) in database.run(_SETTLE, at=at)]
    if states:
        log("claims_settled", unknown=states.count("unknown"), again=states.count("pending"))
        count_metric("ClaimsSettled", len(states))
    return len(states)


def repost_overdue(database: Statements, at: datetime) -> int:
    """Tell the queue again of letters that have waited too long; returns how many there were."""
    told = 0
    long_ago = at - settings().letter_patience
    while ids := _overdue(database, at, long_ago):
        told += len(ids)
        if not post_letters(ids):
            break
    if told:
        count_metric("LettersReposted", told)
    return told


def _overdue(database: Statements, at: datetime, long_ago: datetime) -> list[int]:
    rows = database.run(_OVERDUE, at=at, long_ago=long_ago, at_once=_AT_ONCE)
    return [letter_id for (letter_id,) in rows]
