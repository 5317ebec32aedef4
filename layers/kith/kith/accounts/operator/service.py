"""Commands of operators: each one about an account is an event of that account.

The function has no route; who may invoke it is decided by IAM. What is said of an account are its
address, its state and counts, never what is in it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from kith import clock
from kith.accounts.email_address import EmailAddress, email_key_of
from kith.accounts.entities import Caller
from kith.accounts.events import EventKind, record_event
from kith.accounts.login_attempts import count_failures, forget_failures
from kith.accounts.models import User
from kith.accounts.notifications import LetterKind, enqueue_token_letter
from kith.accounts.operator.repository import OperatorRepository
from kith.accounts.personal_tokens.repository import PersonalTokenRepository
from kith.accounts.sessions.cache import invalidate_user
from kith.accounts.sessions.service import revoke_all_sessions, revoke_sessions
from kith.accounts.tokens.one_time import generate_token
from kith.accounts.tokens.repository import InvitationRepository, TokenRepository
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import UnitOfWork, database
from kith.json_types import JsonObject
from kith.settings import settings
from kith.telemetry import log

_ORIGIN: Final = "operator"  # what the account's owner sees in the events


class OperatorError(Exception):
    """A command that cannot be carried out; the message says why."""


def run_operator_command(event: JsonObject, request_id: str) -> JsonObject:
    """Carry out ``{"command": …, "account": address or id}``.

    ``counts`` and ``invite`` are about no account; ``invite`` may have an address.

    Returns:
        The account as it is afterwards, or the counts; ``{"error": …}`` where it could not be.
    """
    command, who = str(event.get("command", "")), str(event.get("operator", ""))
    log("operator_command", command=command, operator=who[:100], request_id=request_id)
    try:
        if command == "counts":
            return _counts()
        if command == "invite":
            return _invite(str(event.get("account", "")))
        return _run_on_account(command, str(event.get("account", "")), request_id)
    except OperatorError as error:
        return {"error": str(error)}


def _counts() -> JsonObject:
    with database().loading() as session:
        repository = OperatorRepository(session)
        return {
            **repository.counts(clock.now())._asdict(),
            "password_hashes": repository.hashes_by_recipe(),
        }


def _invite(address: str) -> JsonObject:
    """An invitation to sign up, for one address or for whoever has it; it is shown this once."""
    key = email_key_of(address) if address else ""
    if key is None:
        raise OperatorError("that is no address")
    token, at = generate_token(), clock.now()
    expires_at = at + settings().invitation_life
    with database().writing() as work:
        InvitationRepository(work.session).add(token, key, at, expires_at)
    return {"invitation": token, "expires_at": expires_at.isoformat()}


def _run_on_account(command: str, account: str, request_id: str) -> JsonObject:
    run = _COMMANDS.get(command)
    if run is None:
        raise OperatorError(f"no such command; there are counts, invite, {', '.join(_COMMANDS)}")
    at = clock.now()
    with database().writing() as work:
        user = _find(work.session, account)
        run(work, user, Caller(_ORIGIN, "", request_id), at)
    with database().loading() as session:
        return _describe(session, user.id, at)


def _find(session: Session, account: str) -> User:
    users = UserRepository(session)
    user = users.find(email_key_of(account) or "") if "@" in account else _by_id(users, account)
    locked = users.lock(user.id) if user else None
    if locked is None:
        raise OperatorError("there is no such account")
    return locked


def _by_id(users: UserRepository, account: str) -> User | None:
    try:
        return users.get(UUID(account))
    except ValueError:
        return None


def _describe(session: Session, user_id: UUID, at: datetime) -> JsonObject:
    user = UserRepository(session).require(user_id)
    moments = {name: getattr(user, name) for name in ("created_at", "verified_at", "disabled_at")}
    return {
        "id": str(user.id),
        "email": user.email,
        "pending_email": user.pending_email,
        **{name: moment and moment.isoformat() for name, moment in moments.items()},
        "sessions": OperatorRepository(session).sessions_of(user_id, at),
        "personal_tokens": PersonalTokenRepository(session, user_id).count(),
        "contacts": user.contacts_living,
        "login_failures": count_failures(session, user.email_key),
    }


def _look_up(work: UnitOfWork, user: User, caller: Caller, at: datetime) -> None:
    record_event(work, EventKind.LOOKED_UP, user.id, caller, at)


def _disable(work: UnitOfWork, user: User, caller: Caller, at: datetime) -> None:
    """Nobody gets in from now on; personal tokens sleep until the account is enabled again."""
    if user.disabled_at is None:
        UserRepository(work.session).update_unversioned(user.id, disabled_at=at)
    TokenRepository(work.session).void_pending(user.id)
    invalidate_user(user.id)
    revoke_sessions(work, user.id, at)
    record_event(work, EventKind.ACCOUNT_DISABLED, user.id, caller, at)


def _enable(work: UnitOfWork, user: User, caller: Caller, at: datetime) -> None:
    UserRepository(work.session).update_unversioned(user.id, disabled_at=None)
    invalidate_user(user.id)
    record_event(work, EventKind.ACCOUNT_ENABLED, user.id, caller, at)


def _end_sessions(work: UnitOfWork, user: User, caller: Caller, at: datetime) -> None:
    """Personal tokens end, too, as by ``logout-all``, which it is in the events."""
    del at
    revoke_all_sessions(work, user.id, caller)


def _unlock(work: UnitOfWork, user: User, caller: Caller, at: datetime) -> None:
    forget_failures(work, user.email_key)
    record_event(work, EventKind.ACCOUNT_UNLOCKED, user.id, caller, at)


def _resend_verification(work: UnitOfWork, user: User, caller: Caller, at: datetime) -> None:
    if user.verified_at is not None:
        raise OperatorError("the address is verified already")
    to = EmailAddress(user.email, user.email_key)
    enqueue_token_letter(work, LetterKind.VERIFY, user, to, at)
    record_event(work, EventKind.VERIFICATION_REQUESTED, user.id, caller, at)


_COMMANDS: Final[Mapping[str, Callable[[UnitOfWork, User, Caller, datetime], None]]] = {
    "lookup": _look_up,
    "disable": _disable,
    "enable": _enable,
    "end-sessions": _end_sessions,
    "unlock": _unlock,
    "resend": _resend_verification,
}
