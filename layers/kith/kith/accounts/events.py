"""Security events: a row that the user can see, a line in the log, and a metric where it matters.

A line names the subject (a user's id, or a keyed digest of an address that nobody has), the origin,
the request and the outcome.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from kith.accounts.entities import Caller
from kith.accounts.event_repository import EventRepository
from kith.accounts.models import AccountEvent
from kith.accounts.tokens.signing_keys import KeysUnavailable, signing_keys
from kith.database.unit_of_work import UnitOfWork
from kith.settings import settings
from kith.telemetry import count_metric, log, log_warning


class EventKind(StrEnum):
    """What can happen to an account."""

    SIGNED_UP = "signed_up"
    EMAIL_VERIFIED = "email_verified"
    VERIFICATION_REQUESTED = "verification_requested"
    SIGNED_IN = "signed_in"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - the name of an event
    LOGIN_BLOCKED = "login_blocked"
    SECOND_FACTOR_NEEDED = "second_factor_needed"
    WRONG_SECOND_FACTOR = "wrong_second_factor"
    TOTP_ADDED = "totp_added"
    TOTP_REMOVED = "totp_removed"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    PASSKEY_COPIED = "passkey_copied"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    RECOVERY_CODE_USED = "recovery_code_used"
    REAUTHENTICATED = "reauthenticated"
    SIGNED_OUT = "signed_out"
    SESSION_ENDED = "session_ended"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"  # noqa: S105 - the name of an event
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an event
    PASSWORD_RESET_REQUESTED = "password_reset_requested"  # noqa: S105 - the name of an event
    PASSWORD_RESET = "password_reset"  # noqa: S105 - the name of an event
    EMAIL_CHANGE_REQUESTED = "email_change_requested"
    EMAIL_CHANGED = "email_changed"
    EMAIL_CHANGE_UNDONE = "email_change_undone"
    TOKEN_CREATED = "token_created"  # noqa: S105 - the name of an event
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - the name of an event
    LOOKED_UP = "looked_up_by_operator"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_ENABLED = "account_enabled"
    ACCOUNT_UNLOCKED = "account_unlocked"
    DATA_EXPORTED = "data_exported"
    ACCOUNT_DELETED = "account_deleted"


# Each failure, with the metric that counts it.
_FAILURES: Final[Mapping[EventKind, str]] = {
    EventKind.WRONG_PASSWORD: "LoginFailures",
    EventKind.WRONG_SECOND_FACTOR: "LoginFailures",
    EventKind.LOGIN_BLOCKED: "LoginsBlocked",
    EventKind.PASSKEY_COPIED: "PasskeyCopied",
    EventKind.REFRESH_TOKEN_REUSED: "RefreshTokenReused",
}


def record_event(
    work: UnitOfWork, kind: EventKind, user_id: UUID, caller: Caller, at: datetime
) -> None:
    """Add an event, in the transaction of what it is about; it is logged after the commit."""
    event = AccountEvent(
        user_id=user_id,
        kind=kind.value,
        at=at,
        origin=caller.origin,
        device=caller.device,
        request_id=caller.request_id,
    )
    EventRepository(work.session).add(event)
    work.after_commit(lambda: log_event(kind, caller, user_id=str(user_id)))


def log_event(kind: EventKind, caller: Caller, **subject: str) -> None:
    """Log an event, and count it if it is a failure."""
    facts = {"origin": caller.origin, "request_id": caller.request_id, **subject}
    if kind not in _FAILURES:
        log(kind.value, outcome="success", **facts)
        return
    log_warning(kind.value, outcome="failure", **facts)
    count_metric(_FAILURES[kind])


def account_digest(email_key: str) -> str:
    """A keyed digest of an address: the same in each line, and nothing for who has the log only."""
    try:
        key = signing_keys().pepper()
    except KeysUnavailable:
        return ""
    return hmac.digest(key, b"log:" + email_key.encode(), hashlib.sha256).hex()[:32]


def list_events(
    session: Session, user_id: UUID, at: datetime, before_id: int | None, limit: int
) -> list[AccountEvent]:
    """A page of a user's events, the latest first."""
    oldest = at - settings().events_life
    return EventRepository(session).page(user_id, oldest, before_id, limit)
