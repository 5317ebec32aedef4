"""A database whose every transaction is undone: each test leaves the house as it found it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from kith.database.session import Database, Work
from kith.database.troubles import translated


class RolledBack(Database):
    """One connection inside an outer transaction; what commits here commits a savepoint."""

    def __init__(self, engine: Engine, connection: Connection) -> None:
        super().__init__(engine)
        self.connection = connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        try:
            with self.connection.begin_nested():
                yield self.connection
        except Exception as trouble:
            raise translated(trouble) from trouble

    @contextmanager
    def writing(self) -> Iterator[Work]:
        try:
            with self.connection.begin_nested():
                work = Work(self.connection)
                yield work
        except Exception as trouble:
            raise translated(trouble) from trouble
        work.conclude()
