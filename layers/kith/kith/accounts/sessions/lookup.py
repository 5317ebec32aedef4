"""Asking Postgres about a session, by pg8000 alone: the authorizer starts without an engine.

One connection is kept. When it turns out to be broken, it is made anew and the question is asked
once more: reading twice harms nobody.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from kith.accounts.sessions.cache import SessionEnded, SessionUser
from kith.database.dsn import DatabaseUrl
from kith.settings import settings

_QUESTION: Final = """
SELECT users.verified_at IS NOT NULL, users.time_zone, users.locale, users.leap_day
FROM sessions JOIN users ON users.id = sessions.user_id
WHERE sessions.id = %s AND users.id = %s AND sessions.revoked_at IS NULL
  AND sessions.expires_at > %s AND sessions.created_at >= users.tokens_valid_after
"""


class LookupUnavailable(Exception):
    """Postgres does not answer."""


class SessionLookup:
    """A connection that knows one question."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._connection: Any = None

    def owner(self, user_id: UUID, session_id: UUID, at: datetime) -> SessionUser:
        """Whose living session this is.

        Raises:
            Ended: it has ended, or never was.
            DatabaseAway: there is no answer.
        """
        row = self._ask((session_id, user_id, at))
        if row is None:
            raise SessionEnded
        return SessionUser(*row)

    def _ask(self, facts: tuple[Any, ...]) -> Any:
        from pg8000.exceptions import Error

        try:
            return self._asked(facts)
        except (Error, OSError):
            self._hang_up()
        try:
            return self._asked(facts)
        except (Error, OSError) as trouble:
            self._hang_up()
            raise LookupUnavailable from trouble

    def _asked(self, facts: tuple[Any, ...]) -> Any:
        if self._connection is None:
            self._connection = self._connect()
        cursor = self._connection.cursor()
        cursor.execute(_QUESTION, facts)
        return cursor.fetchone()

    def close(self) -> None:
        """Forget the connection; the next question makes another."""
        self._hang_up()

    def _hang_up(self) -> None:
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
