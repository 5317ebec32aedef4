"""The unit of work: one transaction per request, opened late, closed early, committed only here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import local
from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from kith.database.engine import make_engine
from kith.database.errors import DatabaseUnavailable, sqlstate_of, translate_error
from kith.errors import Unavailable
from kith.settings import settings
from kith.singleton import singleton
from kith.telemetry import report_outage

if TYPE_CHECKING:
    from kith.database.synchronized import StockConnection


class UnitOfWork:
    """One transaction, and the callbacks that run once it is committed.

    Writes go through ``session``: load, change attributes, flush. What leaves the process (a
    message to a queue, a cache entry to be deleted) waits for the commit as a callback, and does
    not happen when there is none.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self._callbacks: list[Callable[[], object]] = []

    @property
    def connection(self) -> Connection:
        """The connection of the transaction, for statements that need no mapped objects."""
        return self.session.connection()

    def after_commit(self, callback: Callable[[], object]) -> None:
        """Run something once the transaction is committed, in the order of the calls."""
        self._callbacks.append(callback)

    def run_after_commit(self) -> None:
        """Run the callbacks: for whoever has committed the transaction."""
        for callback in self._callbacks:
            callback()


class Database:
    """A database: autocommitted reads, and transactions. A thread has one of them open at a time.

    A second one would wait for the pool's only connection, which the first one holds.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = local()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """An autocommitting connection, for statements that change nothing.

        The driver is told to begin nothing, which saves a round trip at either end. (SQLAlchemy's
        own AUTOCOMMIT would cost two when the connection goes back to the pool.)

        Raises:
            DatabaseUnavailable: the database is away.
        """
        with self._alone(), self._engine.connect() as connection:
            driver = cast("StockConnection", connection.connection.dbapi_connection)
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
            SerializationFailure: a concurrent transaction won; this one did nothing.
            UniqueViolation: a unique constraint refused a row.
            ConstraintViolation: another constraint did.
        """
        with self._alone(), Session(self._engine, expire_on_commit=False) as session:
            work = UnitOfWork(session)
            with session.begin():
                yield work
        work.run_after_commit()

    def close(self) -> None:
        """Close the connections that nobody uses; the next statement makes another."""
        self._engine.dispose()

    def ping(self) -> None:
        """Raises DatabaseUnavailable when PostgreSQL cannot be reached."""
        with self.reading() as connection:
            connection.execute(text("SELECT 1"))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Errors are translated; a second use by the same thread is a mistake of ours."""
        if getattr(self._thread, "in_use", False):
            raise RuntimeError("this thread has a unit of work open already")
        self._thread.in_use = True
        try:
            yield
        except Exception as error:
            translated = translate_error(error)
            if translated is error:
                raise
            if type(translated) is DatabaseUnavailable:
                state = sqlstate_of(error)
                report_outage("database_away", "DatabaseAway", error, sqlstate=state)
            raise translated from error
        finally:
            self._thread.in_use = False


@singleton
def database() -> Database:
    """This process's database, as the settings name it."""
    if not settings().database_url:
        raise Unavailable(code="database_unavailable")
    return Database(make_engine(settings().database_url))
