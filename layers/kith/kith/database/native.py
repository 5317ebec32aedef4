"""PostgreSQL without SQLAlchemy: for a function that starts fast and speaks in whole statements.

Every statement is a transaction of its own. Whoever needs more than one statement to be true
together belongs to ``kith.database.unit_of_work``.
"""

from typing import TYPE_CHECKING, Any, Final, Protocol

from kith.database.dsn import DatabaseUrl

if TYPE_CHECKING:
    from kith.database.synchronized import StatementConnection

_LIMITS: Final = {"statement_timeout": "25000", "lock_timeout": "15000"}
_SOCKET_SECONDS: Final = 30
Row = list[Any]


class Statements(Protocol):
    """Something that runs a statement with ``:named`` values and returns its rows."""

    def run(self, statement: str, **values: object) -> list[Row]: ...


class NativeConnection:
    """A connection that is made when it is first needed, and anew after any error."""

    def __init__(self, database_url: str, *, patience: float = _SOCKET_SECONDS) -> None:
        """``patience`` is how many seconds the server may be silent."""
        self._address = DatabaseUrl.read(database_url)
        self._patience = patience
        self._connection: StatementConnection | None = None

    def run(self, statement: str, **values: object) -> list[Row]:
        """The rows of a statement.

        Raises:
            pg8000.exceptions.Error: PostgreSQL refused, or is away.
        """
        if self._connection and not self._connection.is_alive():
            self.close()
        if self._connection is None:
            self._connection = self._connect()
        try:
            return self._connection.run(statement, **values) or []
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection; the next statement makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connect(self) -> "StatementConnection":
        from kith.database.synchronized import StatementConnection

        arguments = self._address.arguments(self._patience)
        arguments["startup_params"] = {**arguments["startup_params"], **_LIMITS}
        return StatementConnection(**arguments)
