"""Sessions: started by a login, rotated by a refresh, revoked by whoever has the right to.

A refresh rotates the secret inside one transaction that holds the session's row. The secret before
it gets the same successor for a few seconds: the response may have been lost, or two tabs asked at
once. Any older secret means that somebody kept a copy, and the session ends.
"""

import hmac
from datetime import datetime
from enum import Enum, auto
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from kith import clock
from kith.accounts.entities import Caller
from kith.accounts.events import EventKind, record_event
from kith.accounts.models import User, UserSession
from kith.accounts.notifications import LetterKind, enqueue_notice, local_time
from kith.accounts.schemas import TokenPair
from kith.accounts.sessions.cache import invalidate_sessions, invalidate_user
from kith.accounts.sessions.repository import SessionRepository
from kith.accounts.tokens.access import TokenValidity, sign_access_token
from kith.accounts.tokens.refresh import (
    digest_secret,
    format_refresh_token,
    is_secret_of_family,
    make_family_key,
    make_secret,
    parse_refresh_token,
    successor_secret,
)
from kith.accounts.tokens.repository import TokenRepository
from kith.accounts.tokens.signing_keys import SigningKey
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import UnitOfWork
from kith.errors import NotAllowed, NotAuthenticated, NotFound
from kith.settings import settings


class RefreshRefused(NotAuthenticated):
    """The refresh token is none of ours, was spent, or its session has ended."""

    code = "refresh_token_invalid"
    detail = "This refresh token does not count (any more); sign in again."


class SessionNotFound(NotFound):
    code = "session_not_found"
    detail = "You have no such session."


class AccountDisabled(NotAllowed):
    """An operator disabled the account; only said to who has authenticated."""

    code = "account_disabled"
    detail = "This account has been disabled; ask whoever runs this installation."


class SecretState(Enum):
    """What a secret is to its session."""

    CURRENT = auto()
    JUST_SPENT = auto()
    SPENT = auto()
    FOREIGN = auto()


def sign_in(
    work: UnitOfWork, user: User, caller: Caller, key: SigningKey, *, aal: int = 1
) -> TokenPair:
    """A session for a locked user who has just authenticated; a device that is new is announced.

    Raises:
        AccountDisabled: an operator lets nobody in.
    """
    if user.disabled_at:
        raise AccountDisabled
    at = clock.now()
    record_event(work, EventKind.SIGNED_IN, user.id, caller, at)
    if SessionRepository(work.session).is_new_device(user.id, caller.device):
        facts = {"device": caller.device, "origin": caller.origin}
        enqueue_notice(work, LetterKind.NEW_DEVICE, user, at, facts)
    return start_session(work, user.id, caller, max(at, user.tokens_valid_after), key, aal=aal)


def start_session(  # noqa: PLR0913 - the facts of a session
    work: UnitOfWork,
    user_id: UUID,
    caller: Caller,
    at: datetime,
    key: SigningKey,
    *,
    aal: int = 1,
) -> TokenPair:
    """A new session for somebody who has just authenticated; of too many, the oldest ends."""
    family_key = make_family_key()
    secret = make_secret(family_key)
    session = UserSession(
        id=uuid4(),
        user_id=user_id,
        family_key=family_key,
        secret_digest=digest_secret(secret),
        device=caller.device,
        origin=caller.origin,
        authenticated_at=at,
        aal=aal,
        created_at=at,
        used_at=at,
        expires_at=at + settings().session_life,
    )
    sessions = SessionRepository(work.session)
    surplus = sessions.revoke_beyond(user_id, at, settings().sessions_per_user - 1)
    invalidate_sessions(user_id, surplus)
    sessions.add(session)
    return _token_pair(session, secret, at, key)


def rotate_session(
    work: UnitOfWork, token: str, caller: Caller, key: SigningKey
) -> TokenPair | None:
    """Refresh token rotation: the next pair of tokens of a session.

    Returns:
        ``None`` for a refusal: its consequences are to be committed before it is answered. When
        the token was spent long ago, its session has ended now.
    """
    given = parse_refresh_token(token)
    session = SessionRepository(work.session).lock(given.session_id) if given else None
    if given is None or session is None:
        return None
    at = clock.now()
    state = classify_secret(session, given.secret, at)
    if state is SecretState.FOREIGN or not _is_alive(session, at):
        return None
    if state is SecretState.SPENT:
        _end_for_reuse(work, session, caller, at)
        return None
    following = successor_secret(given.secret, session.family_key)
    if state is SecretState.CURRENT:
        _rotate(session, following, caller, at)
    return _token_pair(session, following, at, key)


def log_out(work: UnitOfWork, user_id: UUID, session_id: UUID, caller: Caller) -> None:
    """End one's own session; two log-outs at once are both right."""
    at = clock.now()
    if revoke_sessions(work, user_id, at, only=session_id):
        record_event(work, EventKind.SIGNED_OUT, user_id, caller, at)


def revoke_session(work: UnitOfWork, user_id: UUID, session_id: UUID, caller: Caller) -> None:
    """End one session.

    Raises:
        SessionNotFound: it has ended already, never was, or is somebody else's.
    """
    at = clock.now()
    if not revoke_sessions(work, user_id, at, only=session_id):
        raise SessionNotFound
    record_event(work, EventKind.SESSION_ENDED, user_id, caller, at)


def revoke_all_sessions(work: UnitOfWork, user_id: UUID, caller: Caller) -> None:
    """End every session and token, and whatever is signed in or asked for at this very moment."""
    at = clock.now()
    record_event(work, EventKind.SIGNED_OUT_EVERYWHERE, user_id, caller, at)
    TokenRepository(work.session).void_pending(user_id)
    UserRepository(work.session).update_unversioned(user_id, tokens_valid_after=at)
    invalidate_user(user_id)  # personal tokens end, too
    revoke_sessions(work, user_id, at)


def revoke_sessions(
    work: UnitOfWork,
    user_id: UUID,
    at: datetime,
    *,
    only: UUID | None = None,
    but: UUID | None = None,
) -> list[UUID]:
    """End sessions and return their ids; the cache is barred before it is committed."""
    ended = SessionRepository(work.session).revoke(user_id, at, only=only, but=but)
    invalidate_sessions(user_id, ended)
    return ended


def renew_authentication(
    work: UnitOfWork, user_id: UUID, session_id: UUID, at: datetime, aal: int
) -> None:
    """Step-up: this session has authenticated once more, at this level or a higher one before."""
    SessionRepository(work.session).authenticate(user_id, session_id, at, aal)
    invalidate_sessions(user_id, [session_id])


def forget_authentications(work: UnitOfWork, user_id: UUID) -> None:
    """The account has a second factor now: sessions that never proved it have proved nothing."""
    invalidate_sessions(user_id, SessionRepository(work.session).forget_authentications(user_id))


def list_active_sessions(session: Session, user_id: UUID) -> list[UserSession]:
    """The sessions that could still be refreshed."""
    at = clock.now()
    return SessionRepository(session).living(user_id, at, at - settings().session_idle)


def classify_secret(session: UserSession, secret: bytes, at: datetime) -> SecretState:
    """What a secret is to its session at this moment."""
    digest = digest_secret(secret)
    if hmac.compare_digest(digest, session.secret_digest):
        return SecretState.CURRENT
    if not is_secret_of_family(secret, session.family_key):
        return SecretState.FOREIGN
    previous = session.previous_digest or b""
    in_grace = session.rotated_at and at - session.rotated_at <= settings().refresh_grace
    if in_grace and hmac.compare_digest(digest, previous):
        return SecretState.JUST_SPENT
    return SecretState.SPENT


def _is_alive(session: UserSession, at: datetime) -> bool:
    idle = at - session.used_at > settings().session_idle
    return session.revoked_at is None and session.expires_at > at and not idle


def _rotate(session: UserSession, following: bytes, caller: Caller, at: datetime) -> None:
    session.previous_digest = session.secret_digest
    session.secret_digest = digest_secret(following)
    session.generation += 1
    session.rotated_at = session.used_at = at
    session.origin, session.device = caller.origin, caller.device


def _end_for_reuse(work: UnitOfWork, session: UserSession, caller: Caller, at: datetime) -> None:
    """Reuse detection: somebody has a copy, so this session is over, and its owner is notified."""
    revoke_sessions(work, session.user_id, at, only=session.id)
    user = UserRepository(work.session).get(session.user_id)
    if user is not None:
        since = local_time(user, session.created_at)
        facts = {"device": session.device, "since": since}
        enqueue_notice(work, LetterKind.REUSE_NOTICED, user, at, facts)
    record_event(work, EventKind.REFRESH_TOKEN_REUSED, session.user_id, caller, at)


def _token_pair(session: UserSession, secret: bytes, at: datetime, key: SigningKey) -> TokenPair:
    """An access token never outlives its session."""
    life = TokenValidity(at, min(at + settings().access_token_life, session.expires_at))
    access = sign_access_token(
        session.user_id, session.id, life, kid=key.kid, private_key=key.private_key
    )
    return TokenPair(
        access_token=access,
        refresh_token=format_refresh_token(session.id, secret),
        expires_in=life.seconds,
    )
