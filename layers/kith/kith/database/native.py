"""PostgreSQL without SQLAlchemy: for a function that starts fast and speaks in whole statements.

Every statement is a transaction of its own. Whoever needs more than one statement to be true
together belongs to ``kith.database.unit_of_work``.
"""

from typing import Any, Protocol

from kith.database.dsn import DatabaseUrl

_LIMITS = {"statement_timeout": "25000", "lock_timeout": "15000"}
_SOCKET_SECONDS = 30


class Statements(Protocol):
    """Something that runs a statement with ``:named`` values and returns its rows."""

    def run(self, statement: str, **values: Any) -> list[list[Any]]: ...


class NativeConnection:
    """One connection of pg8000's own, made when it is first needed."""

    def __init__(self, database_url: str) -> None:
        self._address = DatabaseUrl.read(database_url)
        self._connection: Any = None

    def run(self, statement: str, **values: Any) -> list[list[Any]]:
        """The rows of a statement.

        Raises:
            pg8000.exceptions.Error: PostgreSQL said no, or is away.
        """
        if self._connection is None:
            self._connection = self._connected()
        try:
            return self._connection.run(statement, **values) or []
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the connection; the next statement makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            _close(connection)

    def _connected(self) -> Any:
        from pg8000.native import Connection

        arguments = self._address.arguments()
        limits = {**arguments["startup_params"], **_LIMITS}
        return Connection(**{**arguments, "timeout": _SOCKET_SECONDS, "startup_params": limits})


def _close(connection: Any) -> None:
    from pg8000.exceptions import Error

    try:
        connection.close()
    except (Error, OSError):
        return
