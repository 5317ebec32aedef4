"""Cleanup of what no longer counts: old counts, dead sessions, expired tokens.

Nothing depends on it: whatever has expired is ignored anyway. It keeps the tables small, and
forgets where people signed in from.
"""

from datetime import datetime, timedelta
from typing import Final

from kith.accounts.event_repository import EventRepository
from kith.accounts.factors.repository import ChallengeRepository, FactorUndoRepository
from kith.accounts.login_failure_repository import LoginFailureRepository
from kith.accounts.personal_tokens.repository import purge_personal_tokens
from kith.accounts.sessions.repository import SessionRepository
from kith.accounts.tokens.repository import (
    EmailUndoRepository,
    InvitationRepository,
    TokenRepository,
)
from kith.database.unit_of_work import UnitOfWork
from kith.limits.postgres import purge_expired_counts
from kith.mail.outbox import purge_orphaned_letters
from kith.settings import settings

_LETTERS_KEPT: Final = timedelta(days=1)  # of an account that is gone: SES may report on them
# So that reuse of an old refresh token is still recognised, and an expired token is still listed.
_ENDED_KEPT: Final = timedelta(days=30)


def clean_up_accounts(work: UnitOfWork, at: datetime) -> int:
    """Remove a batch of each kind of what expired before ``at``; returns how many rows."""
    return (
        purge_expired_counts(work.connection, at)
        + TokenRepository(work.session).purge(at)
        + EmailUndoRepository(work.session).purge(at)
        + InvitationRepository(work.session).purge(at)
        + purge_orphaned_letters(work.connection, at - _LETTERS_KEPT)
        + ChallengeRepository(work.session).purge(at)
        + FactorUndoRepository(work.session).purge(at)
        + LoginFailureRepository(work.session).purge(at)
        + EventRepository(work.session).purge(at - settings().events_life)
        + SessionRepository(work.session).purge(at - _ENDED_KEPT)
        + purge_personal_tokens(work.session, at - _ENDED_KEPT)
    )
