"""Lookup of a session in Postgres by pg8000 alone: the authorizer starts without an engine.

One connection is kept, until anything is raised in the middle of an answer: what it left unread
would be taken for the answer about the next session. Then another is made and the query is retried
once: reading twice harms nobody.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from kith.accounts.sessions.cache import SessionEnded, SessionUser
from kith.database.dsn import DatabaseUrl
from kith.settings import settings

_QUERY: Final = """
SELECT users.verified_at IS NOT NULL, users.time_zone, users.locale, users.leap_day
FROM sessions JOIN users ON users.id = sessions.user_id
WHERE sessions.id = %s AND users.id = %s AND sessions.revoked_at IS NULL
  AND sessions.expires_at > %s AND sessions.created_at >= users.tokens_valid_after
"""


class LookupUnavailable(Exception):
    """Postgres does not answer."""


class SessionLookup:
    """A connection for one query."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._connection: Any = None

    def find(self, user_id: UUID, session_id: UUID, at: datetime) -> SessionUser:
        """The user of a session that is alive.

        Raises:
            SessionEnded: it has ended, or never was.
            LookupUnavailable: Postgres does not answer.
        """
        row = self._execute((session_id, user_id, at))
        if row is None:
            raise SessionEnded
        return SessionUser(*row)

    def _execute(self, parameters: tuple[object, ...]) -> Any:
        with suppress(Exception):
            return self._execute_once(parameters)
        try:
            return self._execute_once(parameters)
        except Exception as error:
            raise LookupUnavailable from error

    def _execute_once(self, parameters: tuple[object, ...]) -> Any:
        if self._connection is None:
            self._connection = self._connect()
        try:
            cursor = self._connection.cursor()
            cursor.execute(_QUERY, parameters)
            return cursor.fetchone()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Forget the connection; the next query makes another."""
        broken, self._connection = self._connection, None
        if broken is not None:
            broken._usock.close()  # noqa: SLF001 - a polite goodbye could wait for ever


def connect_lookup() -> Any:
    """A connection by the settings' address, which waits for nothing longer than seconds."""
    from pg8000.dbapi import connect

    connection = connect(**DatabaseUrl.read(settings().database_url).arguments())
    connection.autocommit = True
    return connection


@cache
def session_lookup() -> SessionLookup:
    """This process's connection."""
    return SessionLookup(connect_lookup)
