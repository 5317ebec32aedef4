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
    TokenGrant,
    cache_session,
    cache_session_end,
    cache_token,
    cache_token_end,
    find_cached_session,
    find_cached_token,
)
from kith.accounts.sessions.lookup import LookupUnavailable, SessionLookup, session_lookup
from kith.accounts.tokens.access import AccessToken, InvalidAccessToken, verify_access_token
from kith.accounts.tokens.jwks import load_public_keys
from kith.accounts.tokens.personal import (
    PERSONAL_TOKEN_PREFIX,
    InvalidPersonalToken,
    ParsedPersonalToken,
    parse_personal_token,
)
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


def cool_down() -> None:
    """Before a snapshot (``kith.snapshot``): no connection, neither to Redis nor to Postgres."""
    cache().close()
    session_lookup().close()


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
        token = _bearer(header)
        if token.startswith(PERSONAL_TOKEN_PREFIX):
            return _authorize_personal_token(parse_personal_token(token), sessions)
        return _authorize_access_token(verify_access_token(token), sessions)
    except (InvalidAccessToken, InvalidPersonalToken):
        return {"isAuthorized": False, "context": {}}
    except SessionEnded:
        return _denied("session_revoked")
    except LookupUnavailable:
        return _denied("unavailable")


def _authorize_access_token(token: AccessToken, sessions: SessionLookup) -> AuthorizerResponse:
    if token.expires_at <= clock.now():
        return _denied("token_expired")
    user = _session_user(token.user_id, token.session_id, sessions)
    return _allowed(token.user_id, token.session_id, user)


def _authorize_personal_token(
    token: ParsedPersonalToken, sessions: SessionLookup
) -> AuthorizerResponse:
    grant, user = _token_owner(token, sessions)
    if grant.expires_at is not None and grant.expires_at <= clock.now():
        return _denied("token_expired")
    return _allowed(token.user_id, grant.token_id, user, scopes=grant.scopes)


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


def _token_owner(
    token: ParsedPersonalToken, sessions: SessionLookup
) -> tuple[TokenGrant, SessionUser]:
    try:
        cached = find_cached_token(token.user_id, token.digest)
    except CacheUnavailable:
        return sessions.find_token(token.user_id, token.digest, clock.now())
    if cached is not None:
        return cached
    try:
        found = sessions.find_token(token.user_id, token.digest, clock.now())
    except SessionEnded:
        cache_token_end(token.user_id, token.digest)
        raise
    cache_token(token.user_id, token.digest, *found)
    return found


def _allowed(user_id: UUID, session_id: UUID, user: SessionUser, **more: str) -> AuthorizerResponse:
    return {
        "isAuthorized": True,
        "context": {
            "user_id": str(user_id),
            "session_id": str(session_id),
            "verified": "true" if user.verified else "false",
            "time_zone": user.time_zone,
            "locale": user.locale,
            "leap_day": user.leap_day,
            "authenticated_at": str(user.authenticated_at),
            "aal": str(user.aal),
            **more,
        },
    }


def _denied(reason: str) -> AuthorizerResponse:
    return {"isAuthorized": True, "context": {"denied": reason}}
