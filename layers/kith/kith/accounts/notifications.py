"""Which letters leave the accounts, and how many of them one address can get.

Every letter counts towards its address's budget. What somebody merely asked for is dropped when the
budget is used up; a notice about one's own account is never dropped, since silence is what an
intruder would wish for.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid4

from kith import clock
from kith.accounts.entities import Caller
from kith.accounts.models import User
from kith.accounts.throttles import (
    count_decoy_letter,
    count_letter,
    count_letter_request,
    require_within_limits,
)
from kith.database.unit_of_work import UnitOfWork
from kith.mail.outbox import enqueue_letter, post_after_commit
from kith.telemetry import log

_DECOY_LETTER: Final = 0  # the outbox begins to count at one


class LetterKind(StrEnum):
    """The letters of the accounts; each has its folder in ``kith/mail/templates``."""

    VERIFY = "verify_email"
    RESET = "reset_password"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of a letter
    CONFIRM_ADDRESS = "confirm_address"
    ADDRESS_CHANGING = "address_changing"
    ADDRESS_CHANGED = "address_changed"
    REUSE_NOTICED = "reuse_noticed"


def request_letter(
    work: UnitOfWork, kind: LetterKind, user: User | None, email_key: str, caller: Caller
) -> None:
    """Count a request for a letter, and enqueue it if it is to go to somebody.

    Known and unknown addresses cost the same work and get the same response.

    Raises:
        TooManyAttempts: once the unit of work is committed, so that the count stays.
    """
    at = clock.now()
    verdicts = count_letter_request(work.connection, email_key, caller, at)
    work.after_commit(lambda: require_within_limits(*verdicts))
    if not all(verdict.allowed for verdict in verdicts):
        return
    if user is None:
        enqueue_decoy_letter(work, email_key, at)
    else:
        enqueue_requested_letter(work, kind, user, email_key, at)


def enqueue_requested_letter(
    work: UnitOfWork, kind: LetterKind, user: User, email_key: str, at: datetime
) -> None:
    """A letter that somebody asked for, while the address's budget lasts."""
    if not count_letter(work.connection, email_key, at).allowed:
        log("letter_over_budget", kind=kind.value, user_id=str(user.id))
        return
    _enqueue(work, kind, user.id, at)


def enqueue_decoy_letter(work: UnitOfWork, email_key: str, at: datetime) -> None:
    """The same work for nobody: an unknown address must not be told from a known one."""
    count_letter(work.connection, email_key, at)
    count_decoy_letter(work.connection, email_key, at)
    post_after_commit(work, _DECOY_LETTER, at)


def enqueue_notice(
    work: UnitOfWork,
    kind: LetterKind,
    user: User,
    at: datetime,
    data: Mapping[str, str] | None = None,
) -> None:
    """A notice that its owner must get."""
    count_letter(work.connection, user.email_key, at)
    _enqueue(work, kind, user.id, at, data)


def _enqueue(
    work: UnitOfWork,
    kind: LetterKind,
    user_id: UUID,
    at: datetime,
    data: Mapping[str, str] | None = None,
) -> None:
    enqueue_letter(
        work, kind.value, user_id, key=f"{kind}:{user_id}:{uuid4().hex}", at=at, data=data
    )
