"""What RDS puts before PostgreSQL: TLS or nothing, and a signed token in the place of a password.

It takes a connection only over TLS (``rds.force_ssl``), asks for the password in clear inside it,
checks the token as AWS does (SigV4, 15 minutes, this host, this user), signs in to the PostgreSQL
behind it, and passes the rest on.
"""

import hashlib
import hmac
import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pg8000.dbapi

from tests.certificates import accepting, close_sockets, join

_SSL_REQUEST: Final = struct.pack("!II", 8, 80877103)
_LIFE: Final = timedelta(seconds=900)
_NAMED: Final = {"user", "database", "application_name"}  # the driver has arguments for them
_REPORTED: Final = {"client_encoding": "UTF8", "server_version": "18.0", "TimeZone": "UTC"}


class RdsFront:
    """Counts what it let in and what it refused; ``ahead`` moves its clock."""

    def __init__(self, postgres_url: str, host: str, context: ssl.SSLContext, secret: str) -> None:
        self._behind = urlsplit(postgres_url)
        self._host = host
        self._context = context
        self._secret = secret
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port: int = self._listener.getsockname()[1]
        self.tokens: list[str] = []
        self._connected = 0
        self.refused: list[str] = []
        self.ahead = timedelta()
        self.refusals = 0
        self.spent: set[str] = set()

    @contextmanager
    def running(self) -> Iterator["RdsFront"]:
        with accepting(self._listener, self._serve):
            yield self

    def expire_tokens(self) -> None:
        """Those that were used until now."""
        self.spent |= set(self.tokens)

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return self._connected

    def drop_connections(self) -> None:
        """As a failover does."""
        close_sockets(*self._open)
        self._open.clear()

    def _serve(self, plain: socket.socket) -> None:
        if _read(plain, 8) != _SSL_REQUEST:
            self._refuse(plain, "no encryption")
            return
        plain.sendall(b"S")
        try:
            client = self._context.wrap_socket(plain, server_side=True)
            self._open.append(client)
            self._sign_in(client)
        except OSError:
            plain.close()
        except BaseException:
            close_sockets(*self._open)
            raise

    def _sign_in(self, client: socket.socket) -> None:
        (size,) = struct.unpack("!I", _read(client, 4))
        words = _read(client, size - 4)[4:].rstrip(b"\0").decode().split("\0")
        asked = dict(zip(words[::2], words[1::2], strict=True))
        client.sendall(b"R" + struct.pack("!II", 8, 3))
        _, size = struct.unpack("!cI", _read(client, 5))
        token = _read(client, size - 4).rstrip(b"\0").decode()
        self.tokens.append(token)
        fault = self._fault_of(token, asked["user"])
        if fault:
            self._refuse(client, fault)
            return
        server = self._connect(asked)
        client.sendall(_welcome())
        self._connected += 1
        join(client, server)
        self._connected -= 1

    def _fault_of(self, token: str, user: str) -> str:
        if self.refusals:
            self.refusals -= 1
            return "too many connections a second"
        if token in self.spent:
            return "expired"
        parts = urlsplit(f"https://{token}")
        given = dict(parse_qsl(parts.query))
        now = datetime.now(UTC) + self.ahead  # noqa: TID251 - AWS has a clock of its own
        made = datetime.strptime(given.get("X-Amz-Date", "19700101T000000Z"), "%Y%m%dT%H%M%S%z")
        if not made - _LIFE <= now <= made + _LIFE:
            return "expired"
        if (parts.netloc, given.get("Action")) != (f"{self._host}:{self.port}", "connect"):
            return "another host"
        if given.get("DBUser") != user:
            return "another user"
        return (
            ""
            if hmac.compare_digest(self._signature(parts.netloc, given), _last(given))
            else "signature"
        )

    def _signature(self, host: str, given: dict[str, str]) -> str:
        signed = {name: text for name, text in given.items() if name != "X-Amz-Signature"}
        query = "&".join(f"{quote(n, '')}={quote(t, '-_.~')}" for n, t in sorted(signed.items()))
        nothing = hashlib.sha256(b"").hexdigest()
        request = f"GET\n/\n{query}\nhost:{host}\n\nhost\n{nothing}"
        scope = given["X-Amz-Credential"].split("/", 1)[1]
        digest = hashlib.sha256(request.encode()).hexdigest()
        key = f"AWS4{self._secret}".encode()
        for word in scope.split("/"):
            key = hmac.digest(key, word.encode(), "sha256")
        text = f"AWS4-HMAC-SHA256\n{given['X-Amz-Date']}\n{scope}\n{digest}"
        return hmac.digest(key, text.encode(), "sha256").hex()

    def _connect(self, asked: dict[str, str]) -> socket.socket:
        """The socket of a connection that is signed in, as the owner of the database behind."""
        settings = {n: t for n, t in asked.items() if n not in _NAMED}
        connection = pg8000.dbapi.connect(
            user=unquote(self._behind.username or ""),
            password=unquote(self._behind.password or ""),
            host=self._behind.hostname,
            port=self._behind.port,
            database=self._behind.path.lstrip("/"),
            startup_params=settings,
        )
        server: socket.socket = connection._usock.dup()
        connection._usock.detach()
        self._open.append(server)
        return server

    def _refuse(self, client: socket.socket, fault: str) -> None:
        self.refused.append(fault)
        fields = b"SFATAL\0VFATAL\0C28000\0MPAM authentication failed\0\0"
        with suppress(OSError):
            client.sendall(b"E" + struct.pack("!I", len(fields) + 4) + fields)
        close_sockets(client)


def _welcome() -> bytes:
    reported = b""
    for name, text in _REPORTED.items():
        pair = f"{name}\0{text}\0".encode()
        reported += b"S" + struct.pack("!I", len(pair) + 4) + pair
    signed_in = b"R" + struct.pack("!II", 8, 0)
    return signed_in + reported + b"K" + struct.pack("!III", 12, 1, 1) + b"Z\0\0\0\x05I"


def _last(given: dict[str, str]) -> str:
    return given.get("X-Amz-Signature", "")


def _read(source: socket.socket, size: int) -> bytes:
    content = b""
    while len(content) < size:
        piece = source.recv(size - len(content))
        if not piece:
            raise ConnectionError
        content += piece
    return content
