"""Proving that an address is one's own: after signing up, and before a new address counts."""

from datetime import datetime

from kith import clock
from kith.accounts.email_address import parse_email_address
from kith.accounts.entities import Caller, User
from kith.accounts.flows.signup import EmailTaken
from kith.accounts.notifications import (
    LetterKind,
    enqueue_decoy_letter,
    enqueue_notice,
    enqueue_requested_letter,
)
from kith.accounts.sessions.cache import invalidate_user
from kith.accounts.throttles import count_letter_request, require_within_limits
from kith.accounts.tokens.one_time import Purpose, TokenInvalid, current_fingerprint, digest_token
from kith.accounts.tokens.repository import TokenClaim, TokenRepository
from kith.accounts.user_repository import UserRepository
from kith.database.errors import AlreadyThere
from kith.database.unit_of_work import UnitOfWork, database
from kith.telemetry import log


def confirm_email(token: str) -> User:
    """The user whose address is proven now, by a token of either kind.

    Raises:
        TokenInvalid: the token does not count (any more).
        EmailTaken: meanwhile somebody else signed up with the new address.
    """
    at = clock.now()
    try:
        with database().writing() as work:
            return _verified(work, digest_token(token), at)
    except AlreadyThere:
        raise EmailTaken from None


def preview_verification(token: str) -> tuple[User, str]:
    """Whose token it is, and which address it would prove; nothing is used up.

    Raises:
        TokenInvalid: nobody's.
    """
    at, digest = clock.now(), digest_token(token)
    with database().reading() as connection:
        tokens, users = TokenRepository(connection), UserRepository(connection)
        for purpose in (Purpose.VERIFY, Purpose.CHANGE_EMAIL):
            claim = tokens.look(digest, purpose, at)
            user = users.get(claim.user_id) if claim else None
            if claim and user and current_fingerprint(user, purpose) == claim.fingerprint:
                is_new = purpose is Purpose.CHANGE_EMAIL
                return user, (user.pending_email or "") if is_new else user.email
    raise TokenInvalid


def request_verification_letter(email: str, caller: Caller) -> None:
    """Another letter, if there is somebody who waits for one: the answer is the same for all."""
    _ask_for(LetterKind.VERIFY, email, caller)


def request_password_reset(email: str, caller: Caller) -> None:
    """A letter with a link to a new password, if there is such a user; else the same answer."""
    _ask_for(LetterKind.RESET, email, caller)


def _ask_for(kind: LetterKind, email: str, caller: Caller) -> None:
    at, key = clock.now(), parse_email_address(email).key
    with database().writing() as work:
        verdicts = count_letter_request(work.connection, key, caller, at)
        if all(each.allowed for each in verdicts):
            _write(work, kind, key, at)
    require_within_limits(*verdicts)


def _write(work: UnitOfWork, kind: LetterKind, key: str, at: datetime) -> None:
    user = UserRepository(work.connection).find(key)
    if user is None or (kind is LetterKind.VERIFY and user.verified_at):
        enqueue_decoy_letter(work, key, at)
    else:
        enqueue_requested_letter(work, kind, user, key, at)


def _verified(work: UnitOfWork, digest: bytes, at: datetime) -> User:
    tokens = TokenRepository(work.connection)
    claim = tokens.consume(digest, Purpose.VERIFY, at)
    if claim is not None:
        return _confirm(work, claim, at)
    claim = tokens.consume(digest, Purpose.CHANGE_EMAIL, at)
    if claim is not None:
        return _move(work, claim, at)
    raise TokenInvalid


def _confirm(work: UnitOfWork, claim: TokenClaim, at: datetime) -> User:
    users = UserRepository(work.connection)
    user = users.lock(claim.user_id)
    if user is None or current_fingerprint(user, Purpose.VERIFY) != claim.fingerprint:
        raise TokenInvalid
    invalidate_user(user.id)
    work.after_commit(lambda: log("email_verified", user_id=str(user.id)))
    return users.change(user.id, at, {"verified_at": user.verified_at or at})


def _move(work: UnitOfWork, claim: TokenClaim, at: datetime) -> User:
    """The new address counts from now on, and the old one is told."""
    users = UserRepository(work.connection)
    user = users.lock(claim.user_id)
    if user is None or current_fingerprint(user, Purpose.CHANGE_EMAIL) != claim.fingerprint:
        raise TokenInvalid
    address = parse_email_address(user.pending_email or "")
    invalidate_user(user.id)
    TokenRepository(work.connection).void(user.id, Purpose.RESET)
    enqueue_notice(work, LetterKind.ADDRESS_CHANGED, user, at)
    work.after_commit(lambda: log("email_changed", user_id=str(user.id)))
    values = {
        "email": address.written,
        "email_key": address.key,
        "pending_email": None,
        "former_email": user.email,
        "verified_at": at,
    }
    return users.change(user.id, at, values)
