"""A new password, or a new address: by a letter's link, or by somebody who is signed in."""

from datetime import datetime
from uuid import UUID

from kith import clock
from kith.accounts.email_address import parse_email_address
from kith.accounts.entities import Caller, User
from kith.accounts.flows.credentials import BadPassword, reauthenticate
from kith.accounts.notifications import (
    LetterKind,
    enqueue_decoy_letter,
    enqueue_notice,
    enqueue_requested_letter,
)
from kith.accounts.passwords import hash_password, validate_password
from kith.accounts.sessions.cache import invalidate_user
from kith.accounts.sessions.service import revoke_sessions_in
from kith.accounts.throttles import reset_login_failures
from kith.accounts.tokens.one_time import Purpose, TokenInvalid, current_fingerprint, digest_token
from kith.accounts.tokens.repository import TokenClaim, TokenRepository
from kith.accounts.tokens.signing_keys import signing_keys
from kith.accounts.user_repository import UserRepository, require_user
from kith.database.unit_of_work import UnitOfWork, database
from kith.errors import Fault, Invalid
from kith.telemetry import log


class SameAddress(Invalid):
    code = "same_address"
    detail = "This is your address already."

    def __init__(self) -> None:
        super().__init__(faults=[Fault("/email", self.code, self.detail)])


def find_reset_user(token: str) -> User:
    """Whose password a token could set; nothing is used up by asking.

    Raises:
        TokenInvalid: nobody's.
    """
    with database().reading() as connection:
        claim = TokenRepository(connection).look(digest_token(token), Purpose.RESET, clock.now())
        user = UserRepository(connection).get(claim.user_id) if claim else None
    return _require_same_password(user, claim)


def set_password_by_token(token: str, password: str) -> None:
    """Set the password by a letter's link: all sessions end, and the owner is told.

    Raises:
        TokenInvalid: the token does not count.
        PasswordNotAcceptable: the token still counts.
    """
    user = find_reset_user(token)
    validate_password(password, user.email_key)
    made = hash_password(password, signing_keys().pepper())
    at = clock.now()
    with database().writing() as work:
        claim = TokenRepository(work.connection).consume(digest_token(token), Purpose.RESET, at)
        user = _require_same_password(_locked(work, claim), claim)
        _set_by_letter(work, user, made, at)


def replace_password(
    user_id: UUID, session_id: UUID, current: str, password: str, caller: Caller
) -> None:
    """Set the password of somebody who is signed in: their other sessions end.

    Raises:
        BadPassword: the current one is another.
        PasswordNotAcceptable: the new one is no good.
    """
    user = require_user(user_id)
    reauthenticate(user, current, caller)
    validate_password(password, user.email_key)
    made = hash_password(password, signing_keys().pepper())
    at = clock.now()
    with database().writing() as work:
        users = UserRepository(work.connection)
        held = users.lock(user_id)
        if held is None or held.password_hash != user.password_hash:
            raise BadPassword
        users.change(user_id, at, {"password_hash": made})
        TokenRepository(work.connection).void(user_id, Purpose.RESET)
        revoke_sessions_in(work, user_id, at, but=session_id)
        enqueue_notice(work, LetterKind.PASSWORD_CHANGED, user, at)
    log("password_changed", user_id=str(user_id))


def request_email_change(user_id: UUID, email: str, password: str, caller: Caller) -> None:
    """Send a letter to a new address; the old one counts until that letter is answered.

    Raises:
        AddressInvalid, SameAddress, BadPassword, TooManyAttempts
    """
    address = parse_email_address(email)
    user = require_user(user_id)
    reauthenticate(user, password, caller)
    if address.written == user.email:
        raise SameAddress
    at = clock.now()
    with database().writing() as work:
        users = UserRepository(work.connection)
        changed = users.change(user_id, at, {"pending_email": address.written})
        taken = users.find(address.key)
        if taken is None or taken.id == user_id:
            enqueue_requested_letter(work, LetterKind.CONFIRM_ADDRESS, changed, address.key, at)
        else:
            enqueue_decoy_letter(work, address.key, at)
        enqueue_notice(work, LetterKind.ADDRESS_CHANGING, user, at)
    log("email_change_asked", user_id=str(user_id))


def _locked(work: UnitOfWork, claim: TokenClaim | None) -> User | None:
    return UserRepository(work.connection).lock(claim.user_id) if claim else None


def _require_same_password(user: User | None, claim: TokenClaim | None) -> User:
    if user is None or claim is None:
        raise TokenInvalid
    if current_fingerprint(user, Purpose.RESET) != claim.fingerprint:
        raise TokenInvalid
    return user


def _set_by_letter(work: UnitOfWork, user: User, made: str, at: datetime) -> None:
    """Whoever could read the letter owns the address too."""
    values = {"password_hash": made, "tokens_valid_after": at, "pending_email": None}
    users = UserRepository(work.connection)
    users.change(user.id, at, {**values, "verified_at": user.verified_at or at})
    reset_login_failures(work.connection, user.email_key, at)
    invalidate_user(user.id)
    revoke_sessions_in(work, user.id, at)
    enqueue_notice(work, LetterKind.PASSWORD_CHANGED, user, at)
    work.after_commit(lambda: log("password_reset", user_id=str(user.id)))
