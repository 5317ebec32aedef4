"""Which letters leave the accounts, and how many of them one address can get.

Every letter counts towards its address's budget. What somebody merely asked for is dropped when the
budget is used up; a notice about one's own account is never dropped, since silence is what an
intruder would wish for.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from kith.accounts import throttles
from kith.accounts.vocabulary import User
from kith.database.session import Work
from kith.mail import outbox, queue
from kith.telemetry import log

_NOBODYS_LETTER: Final = 0  # the outbox begins to count at one


class Kind(StrEnum):
    """The letters of the accounts; each has its folder in ``kith/mail/templates``."""

    VERIFY = "verify_email"
    RESET = "reset_password"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of a letter
    CONFIRM_ADDRESS = "confirm_address"
    ADDRESS_CHANGING = "address_changing"
    ADDRESS_CHANGED = "address_changed"
    REUSE_NOTICED = "reuse_noticed"


def request(work: Work, kind: Kind, user: User, email_key: str, at: datetime) -> None:
    """A letter that somebody asked for, while the address's budget lasts."""
    if not throttles.count_letter(work.connection, email_key, at).allowed:
        log("letter_over_budget", kind=kind.value, user_id=str(user.id))
        return
    _enqueue(work, kind, user.id, at)


def pretend(work: Work, email_key: str, at: datetime) -> None:
    """The same work for nobody: an unknown address must not be told from a known one."""
    throttles.count_letter(work.connection, email_key, at)
    throttles.count_letter_to_nobody(work.connection, email_key, at)
    work.after_commit(lambda: queue.post([_NOBODYS_LETTER]))


def notify(
    work: Work, kind: Kind, user: User, at: datetime, data: Mapping[str, Any] | None = None
) -> None:
    """A notice that its owner must get."""
    throttles.count_letter(work.connection, user.email_key, at)
    _enqueue(work, kind, user.id, at, data)


def _enqueue(
    work: Work, kind: Kind, user_id: UUID, at: datetime, data: Mapping[str, Any] | None = None
) -> None:
    outbox.enqueue(
        work, kind.value, user_id, key=f"{kind}:{user_id}:{uuid4().hex}", at=at, data=data
    )
