"""Databases of tests: one that forgets, ones whose commits are real, and engines that wait."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.orm import Session

from kith.database.engine import make_engine
from kith.database.errors import translate_error
from kith.database.unit_of_work import Database, UnitOfWork
from kith.migrations.head import upgrade
from tests.waiting import HANG_SECONDS

_LIMITS: Final = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


def patient_engine(database_url: str, *, size: int = 1) -> Engine:
    """An engine without production's time limits, which a slow machine would meet."""
    engine = make_engine(
        database_url, size=size, patience=HANG_SECONDS, connect_patience=HANG_SECONDS
    )
    event.listen(engine, "do_connect", _without_limits, insert=True)
    return engine


def _without_limits(
    _dialect: object, _record: object, _positional: object, named: dict[str, Any]
) -> None:
    named["startup_params"] = {**named["startup_params"], **dict.fromkeys(_LIMITS, "0")}


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
        except Exception as error:
            raise translate_error(error) from error

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
        except Exception as error:
            raise translate_error(error) from error
        work.run_after_commit()


class RolledBackStatements:
    """Whole statements inside a test's transaction: the twin of ``NativeConnection``."""

    def __init__(self, database: RolledBack) -> None:
        self._connection = database.connection

    def run(self, statement: str, **values: Any) -> list[list[Any]]:
        with self._connection.begin_nested():
            result = self._connection.execute(text(statement), values)
            return [list(row) for row in result] if result.returns_rows else []


@dataclass(frozen=True)
class FreshDatabase:
    """Where it is, and an engine to look into it."""

    url: str
    engine: Engine


@contextmanager
def fresh_database_beside(url: str, *, connections: int = 1) -> Iterator[FreshDatabase]:
    """A new database on the same server, with the schema that the migrations build."""
    name = f"test_{uuid4().hex}"
    with _administering(url, f"CREATE DATABASE {name}", f"DROP DATABASE {name} WITH (FORCE)"):
        its_url = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        upgrade(its_url)
        engine = patient_engine(its_url, size=connections)
        yield FreshDatabase(its_url, engine)
        engine.dispose()


@contextmanager
def _administering(url: str, before: str, after: str) -> Iterator[None]:
    engine = patient_engine(url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(before))
        try:
            yield
        finally:
            connection.execute(text(after))
    engine.dispose()
