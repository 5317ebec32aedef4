"""Lambda authorizer: from an ``Authorization`` header to what functions may know of the user.

Not ours: the gateway refuses with 403. Ours, but expired or ended: the function learns so and
answers 401, so that an honest client knows to refresh. When neither Redis nor Postgres can tell,
nobody is let in: the function answers 503. It answers in time: an authorizer that Lambda has to
kill is an error 500 of the gateway.
"""

from contextlib import suppress
from typing import TypedDict
from uuid import UUID

from kith import clock
from kith.accounts.sessions.cache import (
    SessionEnded,
    SessionUser,
    cache_session,
    cache_session_end,
    find_cached_session,
)
from kith.accounts.sessions.lookup import LookupUnavailable, SessionLookup
from kith.accounts.tokens.access import AccessToken, InvalidAccessToken, verify_access_token
from kith.accounts.tokens.jwks import load_public_keys
from kith.cache import CacheUnavailable, cache
from kith.deadline import Deadline, running_until
from kith.settings import settings
from kith.telemetry import count_metric, fingerprint_of, log_exception


class AuthorizerResponse(TypedDict):
    """A simple response of payload format 2.0."""

    isAuthorized: bool
    context: dict[str, str]


def warm_up() -> None:
    """Load at the start of a process what its first request would have to wait for."""
    load_public_keys()
    with suppress(CacheUnavailable):
        cache().ping()


def authorize(header: str, sessions: SessionLookup) -> AuthorizerResponse:
    """A simple response (payload format 2.0) to the value of an ``Authorization`` header."""
    try:
        with running_until(Deadline(settings().authorizer_time.total_seconds())):
            return _authorize(header, sessions)
    except Exception as error:  # noqa: BLE001 - whatever it is, nobody is let in
        log_exception("unexpected_error", fingerprint=fingerprint_of(error))
        count_metric("Unexpected", about={"fingerprint": fingerprint_of(error)})
        return _denied("unavailable")


def _authorize(header: str, sessions: SessionLookup) -> AuthorizerResponse:
    try:
        token = verify_access_token(_bearer(header))
    except InvalidAccessToken:
        return {"isAuthorized": False, "context": {}}
    if token.expires_at <= clock.now():
        return _denied("token_expired")
    try:
        return _allowed(token, _session_user(token.user_id, token.session_id, sessions))
    except SessionEnded:
        return _denied("session_revoked")
    except LookupUnavailable:
        return _denied("unavailable")


def _bearer(header: str) -> str:
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "bearer":
        raise InvalidAccessToken
    return token.strip()


def _session_user(user_id: UUID, session_id: UUID, sessions: SessionLookup) -> SessionUser:
    try:
        cached = find_cached_session(user_id, session_id)
    except CacheUnavailable:
        return sessions.find(user_id, session_id, clock.now())
    if cached is not None:
        return cached
    return _look_up(user_id, session_id, sessions)


def _look_up(user_id: UUID, session_id: UUID, sessions: SessionLookup) -> SessionUser:
    """The user as Postgres has them, put into the cache."""
    try:
        user = sessions.find(user_id, session_id, clock.now())
    except SessionEnded:
        cache_session_end(user_id, session_id)
        raise
    cache_session(user_id, session_id, user)
    return user


def _allowed(token: AccessToken, user: SessionUser) -> AuthorizerResponse:
    return {
        "isAuthorized": True,
        "context": {
            "user_id": str(token.user_id),
            "session_id": str(token.session_id),
            "verified": "true" if user.verified else "false",
            "time_zone": user.time_zone,
            "locale": user.locale,
            "leap_day": user.leap_day,
            "authenticated_at": str(user.authenticated_at),
            "aal": str(user.aal),
        },
    }


def _denied(reason: str) -> AuthorizerResponse:
    return {"isAuthorized": True, "context": {"denied": reason}}
