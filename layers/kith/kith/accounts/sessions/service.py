"""Sessions: begun by signing in, kept alive by refreshing, ended by whoever has the right to.

A refresh turns the secret over inside one transaction that holds the session's row. The secret of
the step before gets the same successor for a few seconds: the answer may have been lost, or two
tabs asked at once. Any older secret means that somebody kept a copy, and the session ends.
"""

import hmac
from datetime import datetime
from enum import Enum, auto
from uuid import UUID, uuid4

from kith import clock
from kith.accounts.entities import Caller, Session
from kith.accounts.notifications import LetterKind, enqueue_notice
from kith.accounts.schemas import TokenPair
from kith.accounts.sessions.cache import invalidate_sessions
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
from kith.accounts.tokens.signing_keys import signing_keys
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import UnitOfWork, database
from kith.errors import NotAuthenticated, NotFound
from kith.settings import settings
from kith.telemetry import count_metric, log, log_warning


class RefreshRefused(NotAuthenticated):
    """The refresh token is none of ours, was spent, or its session has ended."""

    code = "refresh_token_invalid"
    detail = "This refresh token does not count (any more); sign in again."


class SessionNotFound(NotFound):
    code = "session_not_found"
    detail = "You have no such session."


class SecretState(Enum):
    """What a secret is to its session."""

    CURRENT = auto()
    JUST_SPENT = auto()
    SPENT = auto()
    FOREIGN = auto()


def start_session(work: UnitOfWork, user_id: UUID, caller: Caller, at: datetime) -> TokenPair:
    """A new session for somebody who has just proven who they are."""
    family_key = make_family_key()
    secret = make_secret(family_key)
    session_id, expires_at = uuid4(), at + settings().session_life
    SessionRepository(work.connection).add(
        {
            "id": session_id,
            "user_id": user_id,
            "family_key": family_key,
            "secret_digest": digest_secret(secret),
            "device": caller.device,
            "origin": caller.origin,
            "created_at": at,
            "used_at": at,
            "expires_at": expires_at,
        }
    )
    log("signed_in", user_id=str(user_id), session_id=str(session_id))
    return _pair(user_id, session_id, secret, at, expires_at)


def rotate_session(token: str, caller: Caller) -> TokenPair:
    """The next pair of tokens of a session.

    Raises:
        RefreshRefused: and when the token was spent long ago, its session has ended now.
    """
    given = parse_refresh_token(token)
    if given is None:
        raise RefreshRefused
    signing_keys().signing_key()  # without it the rotation could not be answered
    with database().writing() as work:
        pair = _refreshed(work, given.session_id, given.secret, caller)
    if pair is None:
        raise RefreshRefused
    return pair


def revoke_session(user_id: UUID, session_id: UUID) -> None:
    """End one session.

    Raises:
        SessionNotFound: it has ended already, never was, or is somebody else's.
    """
    with database().writing() as work:
        if not revoke_sessions_in(work, user_id, clock.now(), only=session_id):
            raise SessionNotFound


def revoke_session_if_active(user_id: UUID, session_id: UUID) -> None:
    """End a session if it is still alive: two log-outs at once are both right."""
    with database().writing() as work:
        revoke_sessions_in(work, user_id, clock.now(), only=session_id)


def revoke_all_sessions(user_id: UUID) -> None:
    """End every session, and whatever is signed in at this very moment."""
    at = clock.now()
    with database().writing() as work:
        UserRepository(work.connection).refuse_older_tokens(user_id, at)
        revoke_sessions_in(work, user_id, at)


def revoke_sessions_in(
    work: UnitOfWork,
    user_id: UUID,
    at: datetime,
    *,
    only: UUID | None = None,
    but: UUID | None = None,
) -> list[UUID]:
    """End sessions as a part of something larger; the cache is barred before it is committed."""
    ended = SessionRepository(work.connection).end(user_id, at, only=only, but=but)
    invalidate_sessions(user_id, ended)
    for each in ended:
        log("session_ended", user_id=str(user_id), session_id=str(each))
    return ended


def list_active_sessions(user_id: UUID) -> list[Session]:
    """The sessions that could still be refreshed."""
    at = clock.now()
    with database().reading() as connection:
        return SessionRepository(connection).living(user_id, at, at - settings().session_idle)


def classify_secret(session: Session, secret: bytes, at: datetime) -> SecretState:
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


def _refreshed(
    work: UnitOfWork, session_id: UUID, secret: bytes, caller: Caller
) -> TokenPair | None:
    """The next pair; ``None`` is a refusal whose consequences shall be committed."""
    session = SessionRepository(work.connection).lock(session_id)
    if session is None:
        return None
    at = clock.now()
    found = classify_secret(session, secret, at)
    if found is SecretState.FOREIGN or not _is_alive(session, at):
        return None
    if found is SecretState.SPENT:
        _end_for_reuse(work, session, at)
        return None
    if found is SecretState.CURRENT:
        _turn_over(work, session, secret, caller, at)
    following = successor_secret(secret, session.family_key)
    return _pair(session.user_id, session.id, following, at, session.expires_at)


def _is_alive(session: Session, at: datetime) -> bool:
    idle = at - session.used_at > settings().session_idle
    return session.revoked_at is None and session.expires_at > at and not idle


def _turn_over(
    work: UnitOfWork, session: Session, secret: bytes, caller: Caller, at: datetime
) -> None:
    following = successor_secret(secret, session.family_key)
    values = {
        "secret_digest": digest_secret(following),
        "previous_digest": session.secret_digest,
        "generation": session.generation + 1,
        "rotated_at": at,
        "used_at": at,
        "origin": caller.origin,
        "device": caller.device,
    }
    SessionRepository(work.connection).change(session.id, values)


def _end_for_reuse(work: UnitOfWork, session: Session, at: datetime) -> None:
    """Somebody has a copy: whoever it is, this session is over, and its owner is told."""
    revoke_sessions_in(work, session.user_id, at, only=session.id)
    user = UserRepository(work.connection).get(session.user_id)
    if user is not None:
        enqueue_notice(work, LetterKind.REUSE_NOTICED, user, at, {"session_id": str(session.id)})
    log_warning("refresh_token_reused", user_id=str(session.user_id), session_id=str(session.id))
    count_metric("RefreshTokenReused")


def _pair(
    user_id: UUID, session_id: UUID, secret: bytes, at: datetime, expires_at: datetime
) -> TokenPair:
    """An access token never outlives its session."""
    life = TokenValidity(at, min(at + settings().access_token_life, expires_at))
    key = signing_keys().signing_key()
    access = sign_access_token(user_id, session_id, life, kid=key.kid, private_key=key.private_key)
    return TokenPair(
        access_token=access,
        refresh_token=format_refresh_token(session_id, secret),
        expires_in=life.seconds,
    )
