"""Lookup of sessions and tokens in Postgres by pg8000 alone: the authorizer starts without engine.

One connection is kept, until anything is raised in the middle of an answer: what it left unread
would be taken for the answer about the next session. Then another is made and the query is retried
once: asking twice harms nobody.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, Protocol
from uuid import UUID

from kith.accounts.sessions.cache import SessionEnded, SessionUser, TokenGrant
from kith.database.dsn import DatabaseUrl
from kith.settings import settings
from kith.telemetry import report_outage

# A token's use is recorded only so often, and never by who would have to wait for it.
_USE_RECORDED_EVERY: Final = timedelta(minutes=10)
_SESSION_QUERY: Final = """
SELECT users.verified_at IS NOT NULL, users.time_zone, users.locale, users.leap_day,
  coalesce(floor(extract(epoch FROM sessions.authenticated_at)), 0)::bigint, sessions.aal
FROM sessions JOIN users ON users.id = sessions.user_id
WHERE sessions.id = %s AND users.id = %s AND sessions.revoked_at IS NULL
  AND sessions.expires_at > %s AND sessions.created_at >= users.tokens_valid_after
  AND users.disabled_at IS NULL
"""
_GRANT_QUERY: Final = """
WITH used AS (
    UPDATE personal_tokens SET last_used_at = %s WHERE (user_id, id) IN (
        SELECT user_id, id FROM personal_tokens WHERE user_id = %s AND digest = %s
        AND (last_used_at IS NULL OR last_used_at < %s) FOR UPDATE SKIP LOCKED
    )
)
SELECT users.verified_at IS NOT NULL, users.time_zone, users.locale, users.leap_day,
    tokens.id, array_to_string(tokens.scopes, ' '), tokens.expires_at
FROM personal_tokens AS tokens JOIN users ON users.id = tokens.user_id
WHERE tokens.user_id = %s AND tokens.digest = %s
  AND tokens.created_at >= users.tokens_valid_after AND users.disabled_at IS NULL
"""


class LookupUnavailable(Exception):
    """Postgres does not answer."""


class LookupCursor(Protocol):
    """As much of a DB-API cursor as a lookup uses."""

    def execute(self, query: str, parameters: tuple[object, ...], /) -> None: ...

    def fetchone(self) -> Iterable[Any] | None: ...


class LookupConnection(Protocol):
    """As much of a DB-API connection as a lookup uses."""

    def cursor(self) -> LookupCursor: ...

    def is_alive(self) -> bool: ...

    def close(self) -> None: ...


class SessionLookup:
    """A connection for these queries."""

    def __init__(self, connect: Callable[[], LookupConnection]) -> None:
        self._connect = connect
        self._connection: LookupConnection | None = None

    def find(self, user_id: UUID, session_id: UUID, at: datetime) -> SessionUser:
        """The user of a session that is alive.

        Raises:
            SessionEnded: it has ended, or never was.
            LookupUnavailable: Postgres does not answer.
        """
        return SessionUser(*self._require(_SESSION_QUERY, (session_id, user_id, at)))

    def find_token(
        self, user_id: UUID, digest: bytes, at: datetime
    ) -> tuple[TokenGrant, SessionUser]:
        """What a personal access token is good for, perhaps expired, and its user.

        Raises:
            SessionEnded: it was revoked, or never was.
            LookupUnavailable: Postgres does not answer.
        """
        recorded_before = at - _USE_RECORDED_EVERY
        parameters = (at, user_id, digest, recorded_before, user_id, digest)
        *user, token_id, scopes, expires_at = self._require(_GRANT_QUERY, parameters)
        return TokenGrant(token_id, scopes, expires_at), SessionUser(*user)

    def close(self) -> None:
        """Close the connection; the next query makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _require(self, query: str, parameters: tuple[object, ...]) -> Iterable[Any]:
        row = self._execute(query, parameters)
        if row is None:
            raise SessionEnded
        return row

    def _execute(self, query: str, parameters: tuple[object, ...]) -> Iterable[Any] | None:
        with suppress(Exception):
            return self._execute_once(query, parameters)
        try:
            return self._execute_once(query, parameters)
        except Exception as error:
            report_outage("database_away", "DatabaseAway", error)
            raise LookupUnavailable from error

    def _execute_once(self, query: str, parameters: tuple[object, ...]) -> Iterable[Any] | None:
        if self._connection and not self._connection.is_alive():
            self.close()
        if self._connection is None:
            self._connection = self._connect()
        try:
            cursor = self._connection.cursor()
            cursor.execute(query, parameters)
            return cursor.fetchone()
        except BaseException:
            self.close()
            raise


def connect_lookup() -> LookupConnection:
    """A connection by the settings' address, which waits for nothing longer than seconds."""
    from kith.database.pipelined import PipelinedConnection
    from kith.database.synchronized import StockConnection

    address = DatabaseUrl.read(settings().database_url)
    driver = PipelinedConnection if address.pipelined else StockConnection
    connection = driver(**address.arguments())
    connection.autocommit = True
    return connection


@cache
def session_lookup() -> SessionLookup:
    """This process's connection."""
    return SessionLookup(connect_lookup)
