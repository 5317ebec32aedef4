"""A database whose every transaction is undone: each test leaves the house as it found it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from kith.database.errors import translate_error
from kith.database.unit_of_work import Database, UnitOfWork


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
            raise translate_error(trouble) from trouble

    @contextmanager
    def writing(self) -> Iterator[UnitOfWork]:
        try:
            with (
                Session(
                    self.connection,
                    expire_on_commit=False,
                    join_transaction_mode="create_savepoint",
                ) as session,
                session.begin(),
            ):
                work = UnitOfWork(session)
                yield work
        except Exception as trouble:
            raise translate_error(trouble) from trouble
        work.run_after_commit()
