"""The engine: one connection per process, looked at before each use.

A Lambda serves one request at a time, so the pool holds one connection. Before it is handed out,
the socket is looked at: a server that went away has closed it, and looking costs no round trip.
"""

import select
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from kith.database.dsn import SOCKET_SECONDS, DatabaseUrl, sign_in_token
from kith.database.pipelined import PipelinedConnection, connect_pipelined


def make_engine(database_url: str, *, size: int = 1, patience: int = SOCKET_SECONDS) -> Engine:
    """An engine for a database's address, as ``kith.database.dsn`` describes it.

    ``patience`` is how many seconds the server may be silent; a migration needs more of it.
    """
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
        connect_args=address.manners(patience),
        pool_size=size,
        max_overflow=0,
        pool_timeout=2,
        pool_use_lifo=True,
        hide_parameters=True,  # what people wrote is none of the log's business
    )
    event.listen(engine, "checkout", _refuse_a_closed_connection)
    if address.by_token:
        event.listen(engine, "do_connect", _sign_in_with_a_token)
    if address.pipelined:
        event.listen(engine, "do_connect", _connect_pipelined)
    return engine


def _refuse_a_closed_connection(
    connection: Any, record: ConnectionPoolEntry, _proxy: object
) -> None:
    """A quiet socket has nothing to read; one that has was closed by the other side."""
    del record
    socket = connection._usock  # noqa: SLF001 - pg8000 offers no other way to the socket
    readable, _, _ = select.select([socket], [], [], 0)
    if readable:
        raise DisconnectionError


def _sign_in_with_a_token(
    _dialect: object, _record: object, _positional: object, named: dict[str, Any]
) -> None:
    named["password"] = sign_in_token(named["host"], named["port"], named["user"])


def _connect_pipelined(
    _dialect: object, _record: object, _positional: object, named: dict[str, Any]
) -> PipelinedConnection:
    return connect_pipelined(**named)
