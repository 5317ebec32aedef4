"""Cache of sessions and personal tokens for the authorizer: which are alive, and whose they are.

Two entries per request, read in one trip: the session's (or the token's) and the current user's.
Both live for a few seconds and are only ever filled where nothing stands (``SET NX``). Whoever
ends a session, or changes a user, puts a bar in its place *before* the change is committed: while
it stands nobody's older knowledge can be filled in, and everybody asks Postgres. That a session has
ended is remembered too; no ended session ever comes back.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from kith.cache import CacheUnavailable, cache
from kith.settings import settings

_LIVE: Final = "live"
_ENDED: Final = "ended"
_BAR: Final = "ask"
# Longer than any authorizer can sit on what it read, and any transaction can take to commit.
_BAR_LIFE: Final = timedelta(seconds=12)
_ENDED_LIFE: Final = timedelta(seconds=60)
_VERSION: Final = 1

_GET: Final = "return {redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2])}"
_FILL: Final = """
redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[3])
redis.call('SET', KEYS[2], ARGV[2], 'NX', 'PX', ARGV[3])
"""
_SET: Final = """
for _, key in ipairs(KEYS) do redis.call('SET', key, ARGV[1], 'PX', ARGV[2]) end
"""


@dataclass(frozen=True, slots=True)
class SessionUser:
    """The current user and their session, as far as every function needs to know them.

    Attributes:
        authenticated_at: when they last authenticated in this session, in seconds since the epoch;
            0: not since the account got a second factor.
        aal: the authenticator assurance level of the session (NIST SP 800-63B), 1 or 2.
    """

    verified: bool
    time_zone: str
    locale: str
    leap_day: str
    authenticated_at: int = 0
    aal: int = 1


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """What a personal access token is good for: scopes with a blank between them, until when."""

    token_id: UUID
    scopes: str
    expires_at: datetime | None


class SessionEnded(Exception):
    """This session has ended; or this personal token was revoked."""


def find_cached_session(user_id: UUID, session_id: UUID) -> SessionUser | None:
    """Whose session this is, or ``None`` when Postgres must be asked.

    Raises:
        SessionEnded: the session is known to have ended.
        CacheUnavailable: Redis does not answer.
    """
    return _parse_session(*_find(user_id, _session(user_id, session_id)))


def find_cached_token(user_id: UUID, digest: bytes) -> tuple[TokenGrant, SessionUser] | None:
    """As ``find_cached_session``, for a personal access token: in one trip, too."""
    token, user = _find(user_id, _token(user_id, digest))
    grant = _parse_grant(token)
    return (grant, user) if grant and user else None


def _find(user_id: UUID, key: str) -> tuple[str, SessionUser | None]:
    """What stands for a session or a token, and its user."""
    entry, user = cache().run(_GET, [key, _user(user_id)], [])
    if entry == _ENDED:
        raise SessionEnded
    return str(entry), _parse_user(str(user))


def cache_session(user_id: UUID, session_id: UUID, user: SessionUser) -> None:
    """Remember what Postgres answered, for a few seconds and unless it was barred meanwhile."""
    _fill(user_id, _session(user_id, session_id), _dump_session(user), user)


def cache_token(user_id: UUID, digest: bytes, grant: TokenGrant, user: SessionUser) -> None:
    """As ``cache_session``, for a personal access token."""
    _fill(user_id, _token(user_id, digest), _dump_grant(grant), user)


def _fill(user_id: UUID, key: str, entry: str, user: SessionUser) -> None:
    milliseconds = _milliseconds(settings().session_cache_life)
    _run(_FILL, [key, _user(user_id)], [entry, _dump_user(user), milliseconds])


def cache_session_end(user_id: UUID, session_id: UUID) -> None:
    """Remember that a session has ended for good."""
    _run(_SET, [_session(user_id, session_id)], [_ENDED, _milliseconds(_ENDED_LIFE)])


def cache_token_end(user_id: UUID, digest: bytes) -> None:
    """Remember that there is no such token; only shortly, since anybody can make them up."""
    life = _milliseconds(settings().session_cache_life)
    _run(_SET, [_token(user_id, digest)], [_ENDED, life])


def invalidate_token(user_id: UUID, digest: bytes) -> None:
    """Forget a personal access token; to be called before its end is committed."""
    _bar([_token(user_id, digest)])


def invalidate_sessions(user_id: UUID, session_ids: list[UUID]) -> None:
    """Forget some sessions of a user; to be called before their end is committed."""
    if session_ids:
        _bar([_session(user_id, each) for each in session_ids])


def invalidate_user(user_id: UUID) -> None:
    """Forget what is known of a user; to be called before the change is committed."""
    _bar([_user(user_id)])


def _bar(keys: list[str]) -> None:
    """Tried twice: a connection that broke while nobody looked must not keep an entry alive."""
    arguments: list[str | int] = [_BAR, _milliseconds(_BAR_LIFE)]
    try:
        cache().insist(_SET, keys, arguments)
    except CacheUnavailable:
        return  # nobody can read the old entry either, and it dies within seconds


def _run(script: str, keys: list[str], arguments: list[str | int]) -> None:
    try:
        cache().run(script, keys, arguments)
    except CacheUnavailable:
        return


def _session(user_id: UUID, session_id: UUID) -> str:
    """The braces keep both entries of a user on one node of a cluster."""
    return f"session:{{{user_id}}}:{session_id}"


def _token(user_id: UUID, digest: bytes) -> str:
    """Of the digest: whoever knows an id alone finds nothing."""
    return f"token:{{{user_id}}}:{digest.hex()}"


def _user(user_id: UUID) -> str:
    return f"user:{{{user_id}}}"


def _milliseconds(length: timedelta) -> int:
    return int(length.total_seconds() * 1000)


def _dump_session(user: SessionUser) -> str:
    return f"{_LIVE}:{user.authenticated_at}:{user.aal}"


def _dump_user(user: SessionUser) -> str:
    return json.dumps(
        [_VERSION, user.verified, user.time_zone, user.locale, user.leap_day],
        separators=(",", ":"),
    )


def _parse_session(text: str, user: SessionUser | None) -> SessionUser | None:
    """Entries of another release, or whatever else stands there, count as a miss."""
    try:
        state, authenticated_at, aal = text.split(":")
        found = user and replace(user, authenticated_at=int(authenticated_at), aal=int(aal))
    except ValueError:
        return None
    return found if state == _LIVE else None


def _parse_user(text: str) -> SessionUser | None:
    """As ``_parse_session``."""
    try:
        version, verified, *texts = json.loads(text)
        user = SessionUser(verified, *texts)
    except (ValueError, TypeError, RecursionError):
        return None
    known = version == _VERSION and isinstance(verified, bool) and len(texts) == 3
    return user if known and all(isinstance(each, str) and each for each in texts) else None


def _dump_grant(grant: TokenGrant) -> str:
    until = grant.expires_at.isoformat() if grant.expires_at else ""
    return json.dumps([_VERSION, str(grant.token_id), grant.scopes, until], separators=(",", ":"))


def _parse_grant(text: str) -> TokenGrant | None:
    """As ``_parse_session``: whatever else stands there counts as a miss."""
    try:
        version, token_id, scopes, until = json.loads(text)
        expires_at = datetime.fromisoformat(until) if until else None
        grant = TokenGrant(UUID(token_id), scopes, expires_at)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None
    known = version == _VERSION and isinstance(scopes, str)
    return grant if known and (expires_at is None or expires_at.tzinfo) else None
