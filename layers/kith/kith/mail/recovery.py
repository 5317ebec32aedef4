"""Recovery of letters: claims whose worker died, letters that SQS did not take or has lost.

The planner's tick recovers everything. Somebody waits for a letter of an account, so those are also
watched, minute by minute: after a fault they leave within a minute (``watch_account_letters``).
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from kith import clock
from kith.database.native import Statements
from kith.mail.queue import (
    LANES,
    WAITING,
    CircuitBreaker,
    Lane,
    has_queue,
    post_letters,
    queue_depth,
)
from kith.settings import settings
from kith.telemetry import count_metric, log, log_warning

_AT_ONCE: Final = 1_000
_ROUNDS: Final = 5

# A letter that was only claimed has not left: it goes out again. One that was handed over may have;
# a letter of an account does less harm twice than never, a reminder counts as unknown.
_SETTLE: Final = """
UPDATE outbox
SET state = CASE WHEN state = 'handed_over' AND starts_with(kind, 'reminder_') THEN 'unknown'
        ELSE 'pending' END,
    done_at = CASE WHEN state = 'handed_over' AND starts_with(kind, 'reminder_')
        THEN CAST(:at AS timestamptz) END,
    posted_at = NULL,
    lease_until = NULL,
    reason = 'worker_died'
WHERE state IN ('claimed', 'handed_over') AND lease_until <= :at
RETURNING state
"""

_TAKE_UNPOSTED: Final = """
UPDATE outbox
SET posted_at = :at
WHERE id IN (
    SELECT id FROM outbox
    WHERE state = 'pending' AND posted_at IS NULL AND not_before <= :at
      AND starts_with(kind, 'reminder_') = :reminders
    ORDER BY not_before
    LIMIT :at_once
    FOR UPDATE SKIP LOCKED
)
RETURNING id
"""

# As many letters as have a message, if none was lost.
_EXPECTED: Final = """
SELECT count(*) FROM outbox
WHERE (state = 'pending' AND posted_at IS NOT NULL OR state IN ('claimed', 'handed_over'))
  AND starts_with(kind, 'reminder_') = :reminders
"""

_FORGET_LOST: Final = """
UPDATE outbox
SET posted_at = NULL
WHERE id IN (
    SELECT id FROM outbox
    WHERE state = 'pending' AND not_before <= :long_ago AND posted_at <= :long_ago
      AND starts_with(kind, 'reminder_') = :reminders
    ORDER BY posted_at
    LIMIT :lost
    FOR UPDATE SKIP LOCKED
)
RETURNING id
"""

# Since it was written: a letter that is tried again and again is due anew each time.
_OLDEST_OF_ACCOUNTS: Final = """
SELECT count(*), COALESCE(extract(epoch FROM CAST(:at AS timestamptz) - min(created_at)), 0)
FROM outbox
WHERE state IN ('pending', 'claimed', 'handed_over') AND not starts_with(kind, 'reminder_')
"""

# Letters of accounts that are due, posted a while ago, and of no worker.
_OVERDUE: Final = """
SELECT count(*) FROM outbox
WHERE state = 'pending' AND not_before <= :long_ago AND posted_at <= :long_ago
  AND NOT starts_with(kind, 'reminder_')
"""

# Letters of accounts that somebody is to look after: due by then, or in the hands of a worker.
_UNFINISHED: Final = """
SELECT EXISTS (
    SELECT FROM outbox
    WHERE (state = 'pending' AND not_before <= :soon OR state IN ('claimed', 'handed_over'))
      AND NOT starts_with(kind, 'reminder_')
)
"""
WATCH_EVERY: Final = timedelta(minutes=1)  # the schedule in template.yaml
WATCH_PAUSE: Final = timedelta(seconds=3)
# Even with nothing to do a watch lasts so long: until the next one less than a minute passes.
WATCH_AT_LEAST: Final = timedelta(seconds=6)
WATCH_AT_MOST: Final = WATCH_EVERY - WATCH_PAUSE
_OVERDUE_AFTER: Final = timedelta(seconds=20)

_MARK_UNPOSTED: Final = """
UPDATE outbox SET posted_at = NULL WHERE id = ANY (CAST(:ids AS bigint[])) AND state = 'pending'
"""


def settle_expired_claims(database: Statements, at: datetime) -> int:
    """Settle the claims whose lease ran out; returns how many there were."""
    states = [state for (state,) in database.run(_SETTLE, at=at)]
    if states:
        log("claims_settled", unknown=states.count("unknown"), again=states.count("pending"))
        count_metric("ClaimsSettled", len(states))
    return len(states)


def repost_letters(
    database: Statements, at: datetime, sleep: Callable[[float], None] = time.sleep
) -> int:
    """Post what SQS did not take, and what it has lost; returns how many letters that were.

    While SQS is unavailable it is asked a few times more, with pauses: the rest waits for the next
    request or tick.
    """
    lanes = [lane for lane in LANES if has_queue(lane)]
    for lane in lanes:
        _forget_lost(database, lane, at)
    posted = 0
    for round_ in range(_ROUNDS):
        if round_:
            sleep(CircuitBreaker.SECONDS)
        done = [_post_unposted(database, lane, at) for lane in lanes]
        posted += sum(count for count, _ in done)
        if all(complete for _, complete in done):
            break
    if posted:
        count_metric("LettersReposted", posted)
    return posted


def measure_account_letters(database: Statements, at: datetime) -> int:
    """How many letters of accounts wait, and as a metric how old the oldest is."""
    [[waiting, age]] = database.run(_OLDEST_OF_ACCOUNTS, at=at)
    count_metric("OldestAccountLetterSeconds", max(0.0, float(age)))
    return int(waiting)


def watch_account_letters(
    database: Statements,
    sleep: Callable[[float], None] = time.sleep,
    stopwatch: Callable[[], float] = time.monotonic,
) -> int:
    """Recover letters of accounts again and again, while any of them waits; returns how many.

    A dependency that is away is tried again, too: whenever it comes back, the present watch or the
    next one sees to what it left. So from the end of a fault a letter waits for the gap between two
    watches at most, and for the lease of a worker that died.
    """
    if not has_queue("accounts"):
        return 0
    posted, began, passed = 0, stopwatch(), 0.0
    while passed <= WATCH_AT_MOST.total_seconds():
        found, is_done = _recover_account_letters(database)
        posted += found
        if is_done and passed >= WATCH_AT_LEAST.total_seconds():
            break
        sleep(WATCH_PAUSE.total_seconds())
        passed = stopwatch() - began
    return posted


def _recover_account_letters(database: Statements) -> tuple[int, bool]:
    """How many letters were posted, and whether none waits any more."""
    at = clock.now()
    try:
        settle_expired_claims(database, at)
        _forget_overdue(database, at)
        posted, complete = _post_unposted(database, "accounts", at)
        [[unfinished]] = database.run(_UNFINISHED, soon=at + WATCH_EVERY)
    except Exception as error:  # noqa: BLE001 - whatever is away now is asked again in a moment
        log_warning("letters_not_watched", error=type(error).__name__)
        return 0, False
    if posted:
        count_metric("LettersReposted", posted)
    return posted, complete and not unfinished


def _forget_overdue(database: Statements, at: datetime) -> None:
    """Mark as unposted what is due and has no message that can be seen.

    Its message is lost, or hidden for as long as the queue's visibility timeout: a worker died with
    it, or could not reach PostgreSQL. A second message does no harm, because a letter is claimed.
    """
    long_ago = at - _OVERDUE_AFTER
    [[overdue]] = database.run(_OVERDUE, long_ago=long_ago)
    waiting = queue_depth("accounts", WAITING) if overdue else None
    if waiting is not None and overdue > waiting:
        values = {"long_ago": long_ago, "reminders": False, "lost": overdue - waiting}
        database.run(_FORGET_LOST, **values)


def mark_rows_unposted(database: Statements, letter_ids: Sequence[int]) -> None:
    """SQS did not take these letters: they are posted again."""
    database.run(_MARK_UNPOSTED, ids=list(letter_ids))


def _post_unposted(database: Statements, lane: Lane, at: datetime) -> tuple[int, bool]:
    """How many letters of a lane were posted, and whether none is left."""
    posted = 0
    reminders = lane == "reminders"
    while rows := database.run(_TAKE_UNPOSTED, at=at, reminders=reminders, at_once=_AT_ONCE):
        letter_ids = [letter_id for (letter_id,) in rows]
        refused = post_letters(letter_ids, lane)
        posted += len(letter_ids) - len(refused)
        if refused:
            mark_rows_unposted(database, refused)
            return posted, False
    return posted, True


def _forget_lost(database: Statements, lane: Lane, at: datetime) -> None:
    """Mark the oldest letters as unposted, as many as SQS holds too few messages.

    A backlog is not lost: it has its messages. Letters posted within ``letter_patience`` are left
    alone, because SQS counts approximately.
    """
    reminders = lane == "reminders"
    long_ago = at - settings().letter_patience
    [[expected]] = database.run(_EXPECTED, reminders=reminders)
    depth = queue_depth(lane) if expected else None
    if depth is not None and expected > depth:
        values = {"long_ago": long_ago, "reminders": reminders, "lost": expected - depth}
        lost = database.run(_FORGET_LOST, **values)
        if lost:
            log("messages_lost", lane=lane, letters=len(lost))
