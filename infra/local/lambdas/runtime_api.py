"""The Lambda Runtime API, one listener for each worker.

`awslambdaric` asks `GET /2018-06-01/runtime/invocation/next` and is kept waiting until there is an
event; it answers with `POST .../invocation/{id}/response` or `.../error`, and a function that could
not even be imported says so by `POST .../init/error`
(https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).

Nothing in these requests says who asks, and the runtime client takes a host and a port but no path;
hence a port for each worker. The protocol is written by hand because it is on every request's path
twice: its only clients are `awslambdaric`'s curl and Python's `http.client`, and both send a
`Content-Length`.
"""

import asyncio
import contextlib
import json
import re
import select
import socket
import struct
from typing import Protocol, cast

from infra.local.lambdas.invocation import RESPONSE_LIMIT_BYTES, Invocation
from infra.local.stack.model import Function

VERSION = b"/2018-06-01/runtime/"
HEAD_LIMIT_BYTES = 2 * 1_048_576  # the X-Ray cause travels in a header of up to a megabyte
TCP_INFO_BYTES, BYTES_ACKED_AT = 256, 120  # linux/tcp.h: tcpi_bytes_acked, since Linux 4.1
CONTENT_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
EXPECT_CONTINUE = re.compile(rb"\r\nexpect:[ \t]*100-continue", re.IGNORECASE)
INVOCATION_PATH = re.compile(rb"invocation/([^/]+)/(response|error)\Z")


class Listener(Protocol):
    """Who hears what the runtime client says: the worker."""

    function: Function

    def asked_for_next(self, channel: "RuntimeChannel") -> None: ...
    def answered(self, request_id: str, payload: bytes, *, error: bool) -> bool: ...
    def answered_too_much(self, request_id: str, size: int) -> bool: ...
    def could_not_start(self, payload: bytes) -> None: ...
    def hung_up(self, channel: "RuntimeChannel", *, unread: bool) -> None: ...


class RuntimeChannel(asyncio.Protocol):
    """One connection of a worker's runtime client, kept alive over many events."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._dropped = 0  # bytes of a body too large to keep
        self._sent = 0  # bytes that we have written
        self._presence = select.poll()

    # ------------------------------------------------------------- asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._presence.register(transport.get_extra_info("socket").fileno(), select.POLLIN)

    def connection_lost(self, exc: Exception | None) -> None:
        # Dying with bytes unread resets the connection; dying after reading them closes it.
        unread = exc is not None or self._is_unacknowledged()
        self._transport = None
        self._listener.hung_up(self, unread=unread)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while self._take_one_request():
            pass

    # ----------------------------------------------------------- the worker

    def is_there(self) -> bool:
        """Whether the runtime client still holds the line.

        While it waits for an event it has nothing to say: a readable socket is its end.
        """
        return self._transport is not None and not self._presence.poll(0)

    def give(self, invocation: Invocation, deadline_ms: int) -> None:
        """Answers the waiting `next` with the event."""
        head = (
            "HTTP/1.1 200 OK\r\n"
            "Content-Type: application/json\r\n"
            f"Lambda-Runtime-Aws-Request-Id: {invocation.request_id}\r\n"
            f"Lambda-Runtime-Deadline-Ms: {deadline_ms}\r\n"
            f"Lambda-Runtime-Invoked-Function-Arn: {self._listener.function.arn}\r\n"
            f"Lambda-Runtime-Trace-Id: {invocation.trace_id()}\r\n"
            f"Content-Length: {len(invocation.payload)}\r\n\r\n"
        )
        self._write(head.encode() + invocation.payload)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # ---------------------------------------------------------- one request

    def _take_one_request(self) -> bool:
        """Handles the first request if all of it is there, and says whether to look again."""
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            if len(self._received) > HEAD_LIMIT_BYTES:
                self._refuse(431, "RequestHeaderTooLarge")
            return False
        head = bytes(self._received[:end])
        length = _length_of_body(head)
        if length > RESPONSE_LIMIT_BYTES:
            return self._drop(head, end + 4, length)
        if len(self._received) < end + 4 + length:
            self._encourage(head, end + 4)
            return False
        body = bytes(self._received[end + 4 : end + 4 + length])
        del self._received[: end + 4 + length]
        self._handle(head, body)
        return bool(self._received)

    def _encourage(self, head: bytes, body_begins: int) -> None:
        """Some clients wait for a sign before they send a large body."""
        if len(self._received) == body_begins and EXPECT_CONTINUE.search(head):
            self._write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _drop(self, head: bytes, body_begins: int, length: int) -> bool:
        """Reads a body that is too large without keeping it, so that the answer can be heard."""
        self._encourage(head, body_begins) if not self._dropped else None
        self._dropped += len(self._received) - body_begins
        del self._received[body_begins:]
        if self._dropped < length:
            return False
        self._dropped = 0
        self._received.clear()
        self._too_large(head, length)
        return False

    def _too_large(self, head: bytes, length: int) -> None:
        found = INVOCATION_PATH.search(_path(head))
        request_id = found.group(1).decode("ascii", "replace") if found else ""
        self._listener.answered_too_much(request_id, length)
        self._answer(413, {"errorType": "RequestEntityTooLarge", "errorMessage": "too large"})

    def _handle(self, head: bytes, body: bytes) -> None:
        path = _path(head)
        if path == VERSION + b"invocation/next" and head.startswith(b"GET "):
            self._listener.asked_for_next(self)
        elif path == VERSION + b"restore/next" and head.startswith(b"GET "):
            self._answer(200, {"status": "OK"})  # the snapshot is taken and restored on the spot
        elif path in (VERSION + b"init/error", VERSION + b"restore/error") and head.startswith(
            b"POST "
        ):
            self._answer(202, {"status": "OK"})
            self._listener.could_not_start(body)
        elif (found := INVOCATION_PATH.search(path)) and head.startswith(b"POST "):
            self._answered(found.group(1).decode("ascii", "replace"), found.group(2), body)
        else:
            self._refuse(404, "NotFound")

    def _answered(self, request_id: str, kind: bytes, body: bytes) -> None:
        if self._listener.answered(request_id, body, error=kind == b"error"):
            self._answer(202, {"status": "OK"})
        else:
            self._answer(
                400, {"errorType": "InvalidRequestID", "errorMessage": "Invalid request ID"}
            )

    def _refuse(self, status: int, error_type: str) -> None:
        self._answer(status, {"errorType": error_type, "errorMessage": error_type})
        if self._transport is not None:
            self._transport.close()

    def _answer(self, status: int, body: dict[str, str]) -> None:
        payload = json.dumps(body).encode()
        head = f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: application/json\r\n"
        self._write(f"{head}Content-Length: {len(payload)}\r\n\r\n".encode() + payload)

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._sent += len(data)
            self._transport.write(data)

    def _is_unacknowledged(self) -> bool:
        """Whether the other side was gone before our last bytes came.

        Its kernel acknowledges what arrives, and had no one to take this. Where the kernel does not
        count, nobody knows, and nothing may be repeated.
        """
        if self._transport is None or not hasattr(socket, "TCP_INFO"):
            return False
        with contextlib.suppress(OSError, struct.error):
            connection = self._transport.get_extra_info("socket")
            info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_BYTES)
            (acknowledged,) = struct.unpack_from("=Q", info, BYTES_ACKED_AT)
            return bool(acknowledged < self._sent)
        return False


REASONS = {
    200: "OK",
    202: "Accepted",
    400: "Bad Request",
    404: "Not Found",
    413: "Payload Too Large",
    431: "Request Header Fields Too Large",
}


def _path(head: bytes) -> bytes:
    words = head.split(b" ", 2)
    return words[1] if len(words) == 3 else b""


def _length_of_body(head: bytes) -> int:
    found = CONTENT_LENGTH.search(head)
    return int(found.group(1)) if found else 0
