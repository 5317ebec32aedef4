"""Which letters leave the accounts, and how many of them one address can get.

Recipient, language and content of a letter are fixed when its cause happens, and stored with it in
the outbox: what changes afterwards changes no letter. One that will carry a token is bound to the
state of the account; when that is another one by the time it is composed, it is obsolete.

Every letter counts towards its address's budget. What somebody merely asked for is dropped when the
budget is used up; a notice about one's own account is never dropped, since silence is what an
intruder would wish for.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from kith import clock
from kith.accounts.email_address import EmailAddress
from kith.accounts.entities import Caller
from kith.accounts.events import EventKind, record_event
from kith.accounts.models import User
from kith.accounts.throttles import (
    count_decoy,
    count_letter,
    count_letter_request,
    count_sending,
    require_within_limits,
)
from kith.accounts.tokens.one_time import Purpose, current_fingerprint
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
    ADDRESS_RESTORED = "address_restored"
    REUSE_NOTICED = "reuse_noticed"
    LOGIN_FAILURES = "login_failures"
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    PASSKEY_COPIED = "passkey_copied"
    RECOVERY_CODE_USED = "recovery_code_used"
    NEW_DEVICE = "new_device"
    ACCOUNT_DELETED = "account_deleted"
    LOGIN_DISABLED = "login_disabled"
    TOKEN_CREATED = "personal_token_created"  # noqa: S105 - the name of a letter


PURPOSES: Final[Mapping[LetterKind, Purpose]] = {
    LetterKind.VERIFY: Purpose.VERIFY,
    LetterKind.RESET: Purpose.RESET,
    LetterKind.CONFIRM_ADDRESS: Purpose.CHANGE_EMAIL,
}


EVENTS: Final[Mapping[LetterKind, EventKind]] = {
    LetterKind.VERIFY: EventKind.VERIFICATION_REQUESTED,
    LetterKind.RESET: EventKind.PASSWORD_RESET_REQUESTED,
}


def request_letter(
    work: UnitOfWork, kind: LetterKind, user: User | None, email_key: str, caller: Caller
) -> None:
    """Count a request for a letter, and enqueue it if it is to go to somebody.

    Known and unknown addresses cost the same work and get the same response.

    Raises:
        TooManyAttempts: once the unit of work is committed, so that the count stays.
    """
    at = clock.now()
    by_address = count_letter_request(work.connection, email_key, at)
    verdicts = (by_address, *count_sending(work.connection, caller, at))
    work.after_commit(lambda: require_within_limits(caller, *verdicts))
    if not all(verdict.allowed for verdict in verdicts):
        return
    if user is None:
        enqueue_decoy_letter(work, email_key, at)
        count_decoy(work.connection, at)
        return
    enqueue_token_letter(work, kind, user, EmailAddress(user.email, user.email_key), at)
    record_event(work, EVENTS[kind], user.id, caller, at)


def enqueue_token_letter(
    work: UnitOfWork, kind: LetterKind, user: User, to: EmailAddress, at: datetime
) -> None:
    """A letter with a link that somebody asked for, while the address's budget lasts."""
    if not count_letter(work.connection, to.key, at).allowed:
        log("letter_over_budget", kind=kind.value, user_id=str(user.id))
        return
    binding = current_fingerprint(user, PURPOSES[kind])
    _enqueue(work, kind, user, at, to=to.written, facts={"binding": binding.hex()})


def enqueue_decoy_letter(work: UnitOfWork, email_key: str, at: datetime) -> None:
    """The same work for nobody: an unknown address must not be told from a known one."""
    count_letter(work.connection, email_key, at)
    count_decoy(work.connection, at)
    post_after_commit(work, _DECOY_LETTER, at)


def enqueue_notice(  # noqa: PLR0913 - the facts of a letter
    work: UnitOfWork,
    kind: LetterKind,
    user: User,
    at: datetime,
    facts: Mapping[str, str] | None = None,
    *,
    to: str | None = None,
) -> None:
    """A notice that its owner must get, at the present address or another one."""
    count_letter(work.connection, user.email_key, at)
    _enqueue(work, kind, user, at, to=to or user.email, facts=facts or {})


def local_time(user: User, moment: datetime) -> str:
    """A moment as the user's own clock shows it."""
    return f"{moment.astimezone(ZoneInfo(user.time_zone)):%Y-%m-%d %H:%M}, {user.time_zone}"


def _enqueue(  # noqa: PLR0913 - the facts of a letter
    work: UnitOfWork,
    kind: LetterKind,
    user: User,
    at: datetime,
    *,
    to: str,
    facts: Mapping[str, str],
) -> None:
    # Nobody gets a stranger's words from us: only a proven address is greeted by the chosen name.
    name = user.username if user.verified_at and to == user.email else None
    data = {
        "to": to,
        "locale": user.locale,
        "name": name or "",
        "when": local_time(user, at),
        **facts,
    }
    key = f"{kind}:{user.id}:{uuid4().hex}"
    # What says that the account is gone must not go with it.
    user_id = None if kind is LetterKind.ACCOUNT_DELETED else user.id
    enqueue_letter(work, kind.value, user_id, key=key, at=at, data=data)
