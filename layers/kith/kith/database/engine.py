"""How a function reaches PostgreSQL: one connection, verified TLS, and time limits on everything.

A Lambda serves one request at a time, so the pool holds one connection. Before it is handed out,
the socket is looked at: a server that went away has closed it, and looking costs no round trip.
"""

import select
import ssl
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

_SOCKET_SECONDS = 5
_SERVER_LIMITS = {
    "statement_timeout": "4000",
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "10000",
    "TimeZone": "UTC",
}


def make_engine(database_url: str, *, size: int = 1, patience: int = _SOCKET_SECONDS) -> Engine:
    """An engine for ``postgresql://user:password@host:port/name?sslmode=verify-full&iam=true``.

    ``sslmode`` is ``disable`` (the default, for loopback) or ``verify-full`` with ``sslrootcert``;
    with ``iam=true`` the password of each new connection is an RDS authentication token.
    ``patience`` is how many seconds the server may be silent; a migration needs more of it.
    """
    parts = urlsplit(database_url)
    options = dict(parse_qsl(parts.query))
    engine = create_engine(
        URL.create(
            "postgresql+pg8000",
            username=parts.username,
            password=parts.password,
            host=parts.hostname,
            port=parts.port or 5432,
            database=parts.path.lstrip("/"),
        ),
        connect_args={
            "timeout": patience,
            "startup_params": _SERVER_LIMITS,
            "application_name": "kith",
            "ssl_context": _tls(options.get("sslrootcert", ""))
            if options.get("sslmode") == "verify-full"
            else None,
        },
        pool_size=size,
        max_overflow=0,
        pool_timeout=2,
        pool_use_lifo=True,
    )
    event.listen(engine, "checkout", _refuse_a_closed_connection)
    if options.get("iam") == "true":
        event.listen(engine, "do_connect", _sign_in_with_a_token)
    return engine


@cache
def _tls(root_certificates: str) -> ssl.SSLContext:
    """Built once per process: reading the certificates takes longer than a handshake."""
    return ssl.create_default_context(cafile=root_certificates or None)


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
    import boto3

    named["password"] = boto3.client("rds").generate_db_auth_token(
        DBHostname=named["host"], Port=named["port"], DBUsername=named["user"]
    )
