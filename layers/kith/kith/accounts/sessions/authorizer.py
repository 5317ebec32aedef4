"""The authorizer's decision: from a header to what every function may know about the caller.

Not ours: the gateway refuses with 403. Ours, but expired or ended: the function is told so and
answers 401, so that an honest client knows to refresh. When neither Redis nor Postgres can tell,
nobody is let in: the function answers 503.
"""

from contextlib import suppress
from typing import Any
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

AuthorizerResponse = dict[str, Any]


def warm_up() -> None:
    """Load at the start of a process what its first request would have to wait for."""
    load_public_keys()
    with suppress(CacheUnavailable):
        cache().ping()


def authorize(header: str, sessions: SessionLookup) -> AuthorizerResponse:
    """A simple response (payload format 2.0) to the value of an ``Authorization`` header."""
    try:
        token = verify_access_token(_bearer(header))
    except InvalidAccessToken:
        return {"isAuthorized": False, "context": {}}
    if token.expires_at <= clock.now():
        return _denied("token_expired")
    try:
        return _allowed(token, _owner(token.user_id, token.session_id, sessions))
    except SessionEnded:
        return _denied("session_revoked")
    except LookupUnavailable:
        return _denied("unavailable")


def _bearer(header: str) -> str:
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "bearer":
        raise InvalidAccessToken
    return token.strip()


def _owner(user_id: UUID, session_id: UUID, sessions: SessionLookup) -> SessionUser:
    try:
        known = find_cached_session(user_id, session_id)
    except CacheUnavailable:
        return sessions.owner(user_id, session_id, clock.now())
    if known is not None:
        return known
    return _asked(user_id, session_id, sessions)


def _asked(user_id: UUID, session_id: UUID, sessions: SessionLookup) -> SessionUser:
    """What Postgres says, remembered."""
    try:
        owner = sessions.owner(user_id, session_id, clock.now())
    except SessionEnded:
        cache_session_end(user_id, session_id)
        raise
    cache_session(user_id, session_id, owner)
    return owner


def _allowed(token: AccessToken, owner: SessionUser) -> AuthorizerResponse:
    return {
        "isAuthorized": True,
        "context": {
            "user_id": str(token.user_id),
            "session_id": str(token.session_id),
            "verified": "true" if owner.verified else "false",
            "time_zone": owner.time_zone,
            "locale": owner.locale,
            "leap_day": owner.leap_day,
        },
    }


def _denied(why: str) -> AuthorizerResponse:
    return {"isAuthorized": True, "context": {"denied": why}}
