"""Whole statements inside a test's transaction: the twin of ``kith.database.native.Plain``."""

from typing import Any

from sqlalchemy import text

from tests.rolled_back import RolledBack


class RolledBackStatements:
    """What a statement does is undone with everything else of the test."""

    def __init__(self, database: RolledBack) -> None:
        self._connection = database.connection

    def run(self, statement: str, **values: Any) -> list[list[Any]]:
        with self._connection.begin_nested():
            result = self._connection.execute(text(statement), values)
            return [list(row) for row in result] if result.returns_rows else []
