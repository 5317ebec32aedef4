"""Where PostgreSQL is and how it is reached: for the engine, and for the authorizer without one.

Standard library only, and botocore where an RDS token must be signed.
"""

import ssl
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal, TypedDict
from urllib.parse import parse_qsl, unquote, urlsplit

CONNECT_SECONDS: Final = 2
SOCKET_SECONDS: Final = 5
SERVER_LIMITS: Final = {
    "statement_timeout": "4000",
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "10000",
    "client_connection_check_interval": "1000",  # who gave up need not be computed for
    "TimeZone": "UTC",
}
_TOKEN_SECONDS: Final = 900  # as long as RDS lets a token live


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """The parts of ``postgresql://user:password@host:port/name?sslmode=verify-full&iam=true``.

    ``sslmode`` is ``disable`` (the default, for loopback) or ``verify-full`` with ``sslrootcert``;
    with ``iam=true`` the password of each new connection is an RDS authentication token;
    ``pipelined=false`` goes back to the stock driver (``kith.database.pipelined``).
    """

    user: str
    password: str | None
    host: str
    port: int
    database: str
    verified: bool
    root_certificates: str
    by_token: bool
    pipelined: bool

    @classmethod
    def read(cls, url: str) -> "DatabaseUrl":
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query))
        return cls(
            user=unquote(parts.username or ""),
            password=unquote(parts.password) if parts.password else None,
            host=parts.hostname or "",
            port=parts.port or 5432,
            database=parts.path.lstrip("/"),
            verified=options.get("sslmode") == "verify-full",
            root_certificates=options.get("sslrootcert", ""),
            by_token=options.get("iam") == "true",
            pipelined=options.get("pipelined") != "false",
        )

    def connection_options(
        self, patience: float = SOCKET_SECONDS, connect_patience: float = CONNECT_SECONDS
    ) -> "ConnectionOptions":
        """How a connection is made: time limits on everything, and TLS that is verified or none.

        Left alone, the driver reads all the machine's certificates to ask for TLS without them.
        """
        return {
            "patience": patience,
            "timeout": connect_patience,
            "startup_params": SERVER_LIMITS,
            "application_name": "kith",
            "ssl_context": self.verified and tls(self.root_certificates),
        }

    def arguments(
        self, patience: float = SOCKET_SECONDS, connect_patience: float = CONNECT_SECONDS
    ) -> "ConnectionArguments":
        """Everything that a connection needs, with a token of this moment where one is."""
        return {
            "user": self.user,
            "password": sign_in_token(self.host, self.port, self.user)
            if self.by_token
            else self.password,
            "host": self.host,
            "port": self.port,
            "database": self.database,
            **self.connection_options(patience, connect_patience),
        }


class ConnectionOptions(TypedDict):
    """What is the same for every user of the database, as ``Synchronized`` takes it."""

    patience: float
    timeout: float
    startup_params: dict[str, str]
    application_name: str
    ssl_context: ssl.SSLContext | Literal[False]


class ConnectionArguments(ConnectionOptions):
    """And who connects where."""

    user: str
    password: str | None
    host: str
    port: int
    database: str


@cache
def tls(root_certificates: str) -> ssl.SSLContext:
    """Built once per process: reading the certificates takes longer than a handshake."""
    return ssl.create_default_context(cafile=root_certificates or None)


def sign_in_token(host: str, port: int, user: str) -> str:
    """An RDS authentication token: a signed request that nobody sends, used as a password.

    Raises:
        OSError: this process has no credentials to sign with.
    """
    from botocore.auth import SigV4QueryAuth
    from botocore.awsrequest import AWSRequest
    from botocore.session import get_session

    session = get_session()
    credentials = session.get_credentials()
    if credentials is None:
        raise OSError("no credentials to sign in to the database with")
    action = {"Action": "connect", "DBUser": user}
    request = AWSRequest("GET", f"https://{host}:{port}/", params=action)
    region = session.get_config_variable("region")
    SigV4QueryAuth(credentials, "rds-db", region, expires=_TOKEN_SECONDS).add_auth(request)
    return str(request.url).removeprefix("https://")
