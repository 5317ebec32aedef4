"""Retention: what every table that grows forgets, and when. docs/operating/backup.md lists it.

Each rule deletes at most a batch in one statement, which is a transaction of its own, so that
nobody waits for it long; the cleanup runs them until nothing is left or its time is over.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from kith.database.native import Statements
from kith.settings import settings
from kith.telemetry import log

_BATCH: Final = 1_000

# The log before the letters: it names them.
RULES: Final = {
    "reminder_log": """
        DELETE FROM reminder_log WHERE (user_id, contact_id, occurrence, lead) IN (
            SELECT user_id, contact_id, occurrence, lead FROM reminder_log
            WHERE planned_at < :before LIMIT :batch FOR UPDATE SKIP LOCKED
        ) RETURNING 1
    """,
    # Ids count up with time: the oldest letters are the first ones.
    "outbox": """
        DELETE FROM outbox WHERE id IN (
            SELECT id FROM (SELECT id, created_at FROM outbox ORDER BY id LIMIT :batch) oldest
            WHERE created_at < :before
        ) RETURNING 1
    """,
    "suppressions": """
        DELETE FROM suppressions WHERE address IN (
            SELECT address FROM suppressions
            WHERE updated_at < :before AND complained_at IS NULL AND bounced_at IS NULL
            LIMIT :batch FOR UPDATE SKIP LOCKED
        ) RETURNING 1
    """,
    "merges": """
        DELETE FROM merges WHERE (owner_id, id) IN (
            SELECT owner_id, id FROM merges
            WHERE created_at < :before LIMIT :batch FOR UPDATE SKIP LOCKED
        ) RETURNING 1
    """,
    # Which card became which contact is known as long as the contact lives.
    "imported_cards": """
        DELETE FROM imported_cards WHERE (owner_id, digest) IN (
            SELECT card.owner_id, card.digest FROM imported_cards card
            WHERE card.imported_at < :before AND NOT EXISTS (
                SELECT FROM contacts c WHERE c.owner_id = card.owner_id AND c.id = card.contact_id
            )
            LIMIT :batch FOR UPDATE SKIP LOCKED
        ) RETURNING 1
    """,
}


def apply_retention(database: Statements, at: datetime, has_time: Callable[[], bool]) -> int:
    """Delete what is older than ``retention``, as far as the time goes; returns how many rows."""
    before = at - settings().retention
    deleted = {table: _apply(database, rule, before, has_time) for table, rule in RULES.items()}
    if any(deleted.values()):
        log("retention", **deleted)
    return sum(deleted.values())


def _apply(database: Statements, rule: str, before: datetime, has_time: Callable[[], bool]) -> int:
    total, last = 0, _BATCH
    while last == _BATCH and has_time():
        last = len(database.run(rule, before=before, batch=_BATCH))
        total += last
    return total
