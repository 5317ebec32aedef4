"""The authorizer's decision: from a header to what every function may know about the caller.

Not ours: the gateway refuses with 403. Ours, but expired or ended: the function is told so and
answers 401, so that an honest client knows to refresh. When neither Redis nor Postgres can tell,
nobody is let in: the function answers 503.
"""

from contextlib import suppress
from typing import Any
from uuid import UUID

from kith import clock
from kith.accounts import public_keys, session_cache, tokens
from kith.accounts.session_cache import Ended, Owner
from kith.accounts.session_lookup import DatabaseAway, SessionLookup
from kith.accounts.tokens import AccessToken, NotOurs
from kith.cache import CacheAway, cache

Decision = dict[str, Any]


def prepare() -> None:
    """Load at the start of a process what its first request would have to wait for."""
    public_keys.published()
    with suppress(CacheAway):
        cache().ping()


def authorize(header: str, sessions: SessionLookup) -> Decision:
    """A simple response (payload format 2.0) to the value of an ``Authorization`` header."""
    try:
        token = tokens.read(_bearer(header))
    except NotOurs:
        return {"isAuthorized": False, "context": {}}
    if token.expires_at <= clock.now():
        return _denied("token_expired")
    try:
        return _allowed(token, _owner(token.user_id, token.session_id, sessions))
    except Ended:
        return _denied("session_revoked")
    except DatabaseAway:
        return _denied("unavailable")


def _bearer(header: str) -> str:
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "bearer":
        raise NotOurs
    return token.strip()


def _owner(user_id: UUID, session_id: UUID, sessions: SessionLookup) -> Owner:
    try:
        known = session_cache.look(user_id, session_id)
    except CacheAway:
        return sessions.owner(user_id, session_id, clock.now())
    if known is not None:
        return known
    return _asked(user_id, session_id, sessions)


def _asked(user_id: UUID, session_id: UUID, sessions: SessionLookup) -> Owner:
    """What Postgres says, remembered."""
    try:
        owner = sessions.owner(user_id, session_id, clock.now())
    except Ended:
        session_cache.remember_end(user_id, session_id)
        raise
    session_cache.fill(user_id, session_id, owner)
    return owner


def _allowed(token: AccessToken, owner: Owner) -> Decision:
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


def _denied(why: str) -> Decision:
    return {"isAuthorized": True, "context": {"denied": why}}
