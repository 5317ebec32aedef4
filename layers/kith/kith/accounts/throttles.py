"""Rate limits of the accounts: all of it counted in Postgres, so that nothing is forgotten.

Known and unknown addresses are counted alike, by their keys.
"""

import hashlib
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import Connection

from kith.accounts.entities import Caller
from kith.errors import TooManyRequests
from kith.limits.postgres import increment, peek
from kith.limits.windows import Limit, Verdict
from kith.settings import settings
from kith.telemetry import count_metric, log_warning

_HOUR: Final = timedelta(hours=1)


class TooManyAttempts(TooManyRequests):
    code = "too_many_attempts"
    detail = "Too many attempts; try again later."


def count_login(connection: Connection, caller: Caller, at: datetime) -> Verdict:
    """One more login from this origin, whoever it is for."""
    limit = Limit("logins", settings().logins_per_origin, timedelta(minutes=1))
    return increment(connection, limit, origin_key(caller), at)


def peek_signups(connection: Connection, caller: Caller, at: datetime) -> Verdict:
    """Whether this origin may sign up once more; nothing is counted."""
    return peek(connection, _signups(), origin_key(caller), at)


def count_signup(connection: Connection, caller: Caller, at: datetime) -> Verdict:
    """One more sign-up from this origin, whatever comes of it: no search for taken addresses."""
    return increment(connection, _signups(), origin_key(caller), at)


def _signups() -> Limit:
    return Limit("sign-up", settings().signups_per_origin, _HOUR)


def count_letter_request(connection: Connection, email_key: str, at: datetime) -> Verdict:
    """One more request for a letter to this address, which nobody needs to have."""
    limit = Limit("letter-requests", settings().letters_per_address, _HOUR)
    return increment(connection, limit, _digest(email_key), at)


def count_sending(
    connection: Connection, caller: Caller, at: datetime, user_id: UUID | None = None
) -> tuple[Verdict, ...]:
    """One more request that sends a letter to whomever, of this origin and of a signed-in user."""
    by_origin = Limit("letters-from", settings().letters_per_origin, _HOUR)
    by_user = Limit("letters-of", settings().letters_per_user, _HOUR)
    of_origin = increment(connection, by_origin, origin_key(caller), at)
    if user_id is None:
        return (of_origin,)
    return (of_origin, increment(connection, by_user, str(user_id), at))


def count_letter(connection: Connection, email_key: str, at: datetime) -> Verdict:
    """One more letter to this address, of whatever kind."""
    limit = Limit("letters", settings().letters_per_address, _HOUR)
    return increment(connection, limit, _digest(email_key), at)


def count_token_letter(connection: Connection, user_id: UUID, at: datetime) -> Verdict:
    """One more letter about a new personal token of this user."""
    return increment(connection, Limit("token-letters", 3, _HOUR), str(user_id), at)


def count_decoy(connection: Connection, at: datetime) -> None:
    """A row for one that is not written: by the clock, nobody tells unknown from known."""
    increment(connection, Limit("decoy", 1, _HOUR), uuid4().hex, at)


def require_within_limits(caller: Caller, *verdicts: Verdict) -> None:
    """Raises TooManyAttempts when one of the verdicts is a no; what was counted stays counted."""
    for verdict in verdicts:
        if not verdict.allowed:
            raise throttled(caller, verdict)


def throttled(caller: Caller, verdict: Verdict) -> TooManyAttempts:
    """The refusal of a limit, logged and counted."""
    name = verdict.limit.name
    log_warning("throttled", limit=name, origin=caller.origin, request_id=caller.request_id)
    count_metric("Throttled", about={"limit": name})
    return TooManyAttempts(verdict.resets_in, headers=verdict.headers())


def origin_key(caller: Caller) -> str:
    """The subject of limits per origin.

    A network of IPv6 has 2^64 addresses for one subscriber: they count as one origin.
    """
    if ":" not in caller.origin:
        return _digest(caller.origin)
    try:
        return _digest(str(ip_network(f"{caller.origin}/64", strict=False)))
    except ValueError:
        return _digest(caller.origin)


def _digest(subject: str) -> str:
    """Addresses do not lie about in counters."""
    return hashlib.sha256(subject.encode()).hexdigest()[:32]
