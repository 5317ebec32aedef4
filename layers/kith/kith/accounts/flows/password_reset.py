"""Password reset by the link of a letter."""

from datetime import datetime

from sqlalchemy.orm import Session

from kith import clock
from kith.accounts.email_address import parse_email_address
from kith.accounts.entities import Caller
from kith.accounts.events import EventKind, record_event
from kith.accounts.login_attempts import forget_failures
from kith.accounts.models import User
from kith.accounts.notifications import LetterKind, enqueue_notice, request_letter
from kith.accounts.passwords.hashing import hash_password
from kith.accounts.passwords.policy import validate_password
from kith.accounts.sessions.cache import invalidate_user
from kith.accounts.sessions.service import revoke_sessions
from kith.accounts.tokens.one_time import Purpose, TokenInvalid, current_fingerprint, digest_token
from kith.accounts.tokens.repository import TokenClaim, TokenRepository
from kith.accounts.tokens.signing_keys import signing_keys
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import UnitOfWork, database


def request_password_reset(work: UnitOfWork, email: str, caller: Caller) -> None:
    """A letter with a link to a new password, if there is such a user; else the same response.

    Raises:
        TooManyAttempts: once the unit of work is committed.
    """
    key = parse_email_address(email).key
    user = UserRepository(work.session).find(key)
    request_letter(work, LetterKind.RESET, user, key, caller)


def find_reset_user(session: Session, token: str) -> User:
    """Whose password a token could set; nothing is used up by asking.

    Raises:
        TokenInvalid: nobody's.
    """
    claim = TokenRepository(session).look(digest_token(token), Purpose.RESET, clock.now())
    user = UserRepository(session).get(claim.user_id) if claim else None
    return _require_bound(user, claim)


def reset_password_in_two_transactions(token: str, password: str, caller: Caller) -> None:
    """Set the password by a letter's link: all sessions end, and the owner is notified.

    The first transaction only reads whose token it is, so that the hash is made with none open;
    the second uses the token up.

    Raises:
        TokenInvalid: the token does not count.
        PasswordNotAcceptable: the token still counts.
    """
    with database().loading() as session:
        user = find_reset_user(session, token)
    validate_password(password, user.email_key, user.username)
    password_hash, at = hash_password(password, signing_keys().peppers()), clock.now()
    with database().writing() as work:
        claim = TokenRepository(work.session).consume(digest_token(token), Purpose.RESET, at)
        held = UserRepository(work.session).lock(claim.user_id) if claim else None
        user = _require_bound(held, claim)
        _reset_password(work, user, password_hash, at)
        record_event(work, EventKind.PASSWORD_RESET, user.id, caller, at)


def _require_bound(user: User | None, claim: TokenClaim | None) -> User:
    """The token is bound to the address and the password that it was made for."""
    if user is None or claim is None:
        raise TokenInvalid
    if current_fingerprint(user, Purpose.RESET) != claim.fingerprint:
        raise TokenInvalid
    return user


def _reset_password(work: UnitOfWork, user: User, password_hash: str, at: datetime) -> None:
    """Whoever could read the letter owns the address too."""
    user.password_hash, user.verified_at = password_hash, user.verified_at or at
    user.tokens_valid_after = user.updated_at = at
    TokenRepository(work.session).void_pending(user.id)
    forget_failures(work, user.email_key)
    invalidate_user(user.id)
    revoke_sessions(work, user.id, at)
    enqueue_notice(work, LetterKind.PASSWORD_CHANGED, user, at)
