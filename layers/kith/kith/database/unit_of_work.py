"""Transactions: opened late, closed early, one per request, and committed only here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from kith.database.engine import make_engine
from kith.database.errors import breaks_connection, translate_error
from kith.errors import Unavailable
from kith.settings import settings
from kith.singleton import singleton


class UnitOfWork:
    """One transaction, and what is to happen once it is committed.

    Writes go through ``session``: load, change attributes, flush. What is to leave the process
    (a message to a queue, a cache entry to be deleted) must wait for the commit, and must not
    happen when there is none.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self._afterwards: list[Callable[[], object]] = []

    @property
    def connection(self) -> Connection:
        """The connection of the transaction, for statements that need no mapped objects."""
        return self.session.connection()

    def after_commit(self, act: Callable[[], object]) -> None:
        self._afterwards.append(act)

    def run_after_commit(self) -> None:
        for act in self._afterwards:
            act()


class Database:
    """The ways to use the database: reading, and a piece of work that is whole or is not."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for statements that change nothing; each sees the newest truth.

        The driver is told to begin nothing, which saves a round trip at either end. (SQLAlchemy's
        own AUTOCOMMIT would cost two when the connection goes back to the pool.)
        """
        with _translated(), self._connected() as connection:
            driver: Any = connection.connection.dbapi_connection
            driver.autocommit = True
            try:
                yield connection
            finally:
                driver.autocommit = False

    @contextmanager
    def loading(self) -> Iterator[Session]:
        """As ``reading``, for mapped objects: they stay readable when the block has ended."""
        with self.reading() as connection, Session(connection) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[UnitOfWork]:
        """A transaction: committed when the block ends, rolled back when it raises.

        Raises:
            DatabaseUnavailable: the database is away, or a lost answer leaves the outcome open.
            AlreadyThere: a unique constraint was broken.
            ConstraintBroken: another constraint was broken.
        """
        with _translated(), Session(self._engine, expire_on_commit=False) as session:
            try:
                with session.begin():
                    work = UnitOfWork(session)
                    yield work
            except Exception as error:
                if breaks_connection(error):
                    session.invalidate()
                raise
        work.run_after_commit()

    def ping(self) -> None:
        """Raises DatabaseUnavailable when PostgreSQL cannot be reached."""
        with self.reading() as connection:
            connection.execute(text("SELECT 1"))

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            try:
                yield connection
            except Exception as trouble:
                if breaks_connection(trouble):
                    connection.invalidate()
                raise


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except Exception as trouble:
        ours = translate_error(trouble)
        if ours is trouble:
            raise
        raise ours from trouble


@singleton
def database() -> Database:
    """This process's database, as the settings name it."""
    if not settings().database_url:
        raise Unavailable(code="database_unavailable")
    return Database(make_engine(settings().database_url))
