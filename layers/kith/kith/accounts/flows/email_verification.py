"""Verification of an address: after signing up, and before a new address counts."""

from datetime import datetime

from sqlalchemy.orm import Session

from kith import clock
from kith.accounts.email_address import parse_email_address
from kith.accounts.entities import Caller
from kith.accounts.events import EventKind, record_event
from kith.accounts.flows.email_change import complete_email_change
from kith.accounts.models import User
from kith.accounts.notifications import LetterKind, request_letter
from kith.accounts.sessions.cache import invalidate_user
from kith.accounts.tokens.one_time import Purpose, TokenInvalid, current_fingerprint, digest_token
from kith.accounts.tokens.repository import TokenRepository
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import UnitOfWork


def verify_email_by_token(work: UnitOfWork, token: str, caller: Caller) -> User:
    """The user whose address is verified now, by a token of either purpose.

    Raises:
        TokenInvalid: the token does not count (any more).
        EmailTaken: meanwhile somebody else signed up with the new address.
    """
    at, digest = clock.now(), digest_token(token)
    user = _claimed_by(work, digest, Purpose.VERIFY, at)
    if user is not None:
        return _verify(work, user, caller, at)
    user = _claimed_by(work, digest, Purpose.CHANGE_EMAIL, at)
    if user is not None:
        return complete_email_change(work, user, caller, at)
    raise TokenInvalid


def preview_verification(session: Session, token: str) -> tuple[User, str]:
    """Whose token it is, and which address it would verify; nothing is used up.

    Raises:
        TokenInvalid: nobody's.
    """
    at, digest = clock.now(), digest_token(token)
    tokens, users = TokenRepository(session), UserRepository(session)
    for purpose in (Purpose.VERIFY, Purpose.CHANGE_EMAIL):
        claim = tokens.look(digest, purpose, at)
        user = users.get(claim.user_id) if claim else None
        if claim and user and current_fingerprint(user, purpose) == claim.fingerprint:
            is_new = purpose is Purpose.CHANGE_EMAIL
            return user, (user.pending_email or "") if is_new else user.email
    raise TokenInvalid


def request_verification_letter(work: UnitOfWork, email: str, caller: Caller) -> None:
    """Another letter, if somebody waits for one: the response is the same for all.

    Raises:
        TooManyAttempts: once the unit of work is committed.
    """
    key = parse_email_address(email).key
    user = UserRepository(work.session).find(key)
    waiting = user if user and not user.verified_at else None
    request_letter(work, LetterKind.VERIFY, waiting, key, caller)


def _claimed_by(work: UnitOfWork, digest: bytes, purpose: Purpose, at: datetime) -> User | None:
    """The user of a token that is used up now, locked; ``None``: there is no such token."""
    claim = TokenRepository(work.session).consume(digest, purpose, at)
    if claim is None:
        return None
    user = UserRepository(work.session).lock(claim.user_id)
    if user is None or current_fingerprint(user, purpose) != claim.fingerprint:
        raise TokenInvalid
    return user


def _verify(work: UnitOfWork, user: User, caller: Caller, at: datetime) -> User:
    invalidate_user(user.id)
    user.verified_at = user.verified_at or at
    user.updated_at = at
    record_event(work, EventKind.EMAIL_VERIFIED, user.id, caller, at)
    return user
