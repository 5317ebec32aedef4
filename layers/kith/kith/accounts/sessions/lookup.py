"""Lookup of a session in Postgres by pg8000 alone: the authorizer starts without an engine.

One connection is kept, until anything is raised in the middle of an answer: what it left unread
would be taken for the answer about the next session. Then another is made and the query is retried
once: reading twice harms nobody.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from functools import cache
from typing import Any, Final, Protocol
from uuid import UUID

from kith.accounts.sessions.cache import SessionEnded, SessionUser
from kith.database.dsn import DatabaseUrl
from kith.settings import settings
from kith.telemetry import report_outage

_QUERY: Final = """
SELECT users.verified_at IS NOT NULL, users.time_zone, users.locale, users.leap_day,
  coalesce(floor(extract(epoch FROM sessions.authenticated_at)), 0)::bigint, sessions.aal
FROM sessions JOIN users ON users.id = sessions.user_id
WHERE sessions.id = %s AND users.id = %s AND sessions.revoked_at IS NULL
  AND sessions.expires_at > %s AND sessions.created_at >= users.tokens_valid_after
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
    """A connection for one query."""

    def __init__(self, connect: Callable[[], LookupConnection]) -> None:
        self._connect = connect
        self._connection: LookupConnection | None = None

    def find(self, user_id: UUID, session_id: UUID, at: datetime) -> SessionUser:
        """The user of a session that is alive.

        Raises:
            SessionEnded: it has ended, or never was.
            LookupUnavailable: Postgres does not answer.
        """
        user = self._execute((session_id, user_id, at))
        if user is None:
            raise SessionEnded
        return user

    def close(self) -> None:
        """Close the connection; the next query makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _execute(self, parameters: tuple[object, ...]) -> SessionUser | None:
        with suppress(Exception):
            return self._execute_once(parameters)
        try:
            return self._execute_once(parameters)
        except Exception as error:
            report_outage("database_away", "DatabaseAway", error)
            raise LookupUnavailable from error

    def _execute_once(self, parameters: tuple[object, ...]) -> SessionUser | None:
        if self._connection and not self._connection.is_alive():
            self.close()
        if self._connection is None:
            self._connection = self._connect()
        try:
            cursor = self._connection.cursor()
            cursor.execute(_QUERY, parameters)
            row = cursor.fetchone()
            return SessionUser(*row) if row else None
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
