"""The engine: one connection per process, looked at before each use.

A Lambda serves one request at a time, so the pool holds one connection. Before it is handed out,
it is looked at: a server that went away has closed it, and looking costs no round trip; only where
it slept it is probed. So a statement never leaves on a connection that is known to be dead.
"""

from logging import WARNING, getLogger
from typing import Final

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from kith.database.dsn import CONNECT_SECONDS, SOCKET_SECONDS, DatabaseUrl, sign_in_token
from kith.database.pipelined import PipelinedConnection
from kith.database.synchronized import StockConnection
from kith.deadline import time_left

_POOL_SECONDS: Final = 2


def make_engine(
    database_url: str,
    *,
    size: int = 1,
    patience: float = SOCKET_SECONDS,
    connect_patience: float = CONNECT_SECONDS,
) -> Engine:
    """An engine for a database's address, as ``kith.database.dsn`` describes it.

    ``patience`` is how many seconds the server may be silent, ``connect_patience`` how many it may
    take to connect; a migration needs more of both. A deadline shortens them.
    """
    getLogger(f"{__name__}.{_Pool.__name__}").setLevel(WARNING)  # as SQLAlchemy's own
    address = DatabaseUrl.read(database_url)
    engine = create_engine(
        URL.create(
            "postgresql+pg8000",
            username=address.user or None,
            password=address.password,
            host=address.host,
            port=address.port,
            database=address.database,
        ),
        connect_args=dict(address.connection_options(patience, connect_patience)),
        poolclass=_Pool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=_POOL_SECONDS,
        pool_use_lifo=True,
        hide_parameters=True,  # what people wrote is none of the log's business
    )
    event.listen(engine, "checkout", _refuse_a_dead_connection)
    if address.by_token:
        event.listen(engine, "do_connect", _sign_in_with_a_token)
    driver = PipelinedConnection if address.pipelined else StockConnection
    event.listen(engine, "do_connect", lambda *parts: driver(**parts[-1]))
    return engine


class _Pool(QueuePool):
    """A pool whose connection is waited for no longer than the deadline allows."""

    _timeout: float

    def _do_get(self) -> ConnectionPoolEntry:
        self._timeout = time_left(_POOL_SECONDS)
        return super()._do_get()


def _refuse_a_dead_connection(connection: StockConnection, _record: object, _proxy: object) -> None:
    """Then the pool makes another, and asks again."""
    if not connection.is_alive():
        raise DisconnectionError


def _sign_in_with_a_token(
    _dialect: object, _record: object, _positional: object, named: dict[str, object]
) -> None:
    host, port, user = (named[each] for each in ("host", "port", "user"))
    named["password"] = sign_in_token(str(host), int(str(port)), str(user))
