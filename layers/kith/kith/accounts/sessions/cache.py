"""Cache of sessions for the authorizer, in Redis: which are alive, and whose they are.

Two entries per request, read in one trip: the session's and the current user's. Both live for a few
seconds and are only ever filled where nothing stands (``SET NX``). Whoever ends a session, or
changes a user, puts a bar in its place *before* the change is committed: while it stands nobody's
older knowledge can be filled in, and everybody asks Postgres. That a session has ended is
remembered too; no ended session ever comes back.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
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


class SessionEnded(Exception):
    """This session has ended."""


def find_cached_session(user_id: UUID, session_id: UUID) -> SessionUser | None:
    """Whose session this is, or ``None`` when Postgres must be asked.

    Raises:
        SessionEnded: the session is known to have ended.
        CacheUnavailable: Redis does not answer.
    """
    session, user = cache().run(_GET, [_session(user_id, session_id), _user(user_id)], [])
    if session == _ENDED:
        raise SessionEnded
    return _parse(str(session), user)


def cache_session(user_id: UUID, session_id: UUID, user: SessionUser) -> None:
    """Remember what Postgres answered, for a few seconds and unless it was barred meanwhile."""
    keys = [_session(user_id, session_id), _user(user_id)]
    milliseconds = _milliseconds(settings().session_cache_life)
    _run(_FILL, keys, [*_dump(user), milliseconds])


def cache_session_end(user_id: UUID, session_id: UUID) -> None:
    """Remember that a session has ended for good."""
    _run(_SET, [_session(user_id, session_id)], [_ENDED, _milliseconds(_ENDED_LIFE)])


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


def _user(user_id: UUID) -> str:
    return f"user:{{{user_id}}}"


def _milliseconds(length: timedelta) -> int:
    return int(length.total_seconds() * 1000)


def _dump(user: SessionUser) -> tuple[str, str]:
    """Both entries: the session's and the user's."""
    facts = [_VERSION, user.verified, user.time_zone, user.locale, user.leap_day]
    session = f"{_LIVE}:{user.authenticated_at}:{user.aal}"
    return session, json.dumps(facts, separators=(",", ":"))


def _parse(session: str, user: str) -> SessionUser | None:
    """Entries of another release, or whatever else stands there, count as a miss."""
    try:
        state, authenticated_at, aal = session.split(":")
        version, verified, zone, locale, leap_day = json.loads(user)
        found = SessionUser(verified, zone, locale, leap_day, int(authenticated_at), int(aal))
    except (ValueError, TypeError, RecursionError):
        return None
    known = state == _LIVE and version == _VERSION and isinstance(verified, bool)
    texts = (found.time_zone, found.locale, found.leap_day)
    return found if known and all(isinstance(each, str) and each for each in texts) else None
