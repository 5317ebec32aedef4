"""HTTP as the gateway speaks it: uvicorn with strict limits, and nothing else of uvicorn's.

Give `server_options()` to `uvicorn.Config`. A client gets a limited time to say what it wants, a
limited number of bytes to say it in, and no word about what serves it. h11 does the framing: it is
within 50 µs a request of uvicorn's faster parser, and bounds what that one does not.
"""

import asyncio
import socket
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_LIMIT_BYTES = 16_384  # the gateway itself refuses more than 10 240 with an answer
HEAD_SECONDS = 10.0  # from the connection, or the first byte, to the end of the headers
KEEP_ALIVE_SECONDS = 75
BAD_REQUEST = b'{"message":"Bad Request"}'


class Connection(H11Protocol):
    """One connection of a client."""

    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvicorn says the same
        super().connection_made(transport)
        # asyncio does this only for sockets that it made itself; else an answer waits 40 ms.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._expect_a_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_between_requests():
            self._expect_a_request()
        super().data_received(data)
        if not self._is_between_requests():
            self._expect_nothing()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the words are API Gateway's
        """What is not HTTP gets API Gateway's answer, unless another answer is on its way."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            length = str(len(BAD_REQUEST)).encode()
            headers = [
                (b"content-type", b"application/json"),
                (b"content-length", length),
                (b"x-content-type-options", b"nosniff"),
            ]
            response = h11.Response(status_code=400, headers=[*headers, (b"connection", b"close")])
            for event in (response, h11.Data(data=BAD_REQUEST), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _is_between_requests(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _expect_a_request(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _expect_nothing(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


def server_options() -> dict[str, Any]:
    """Keyword arguments for `uvicorn.Config`, beside the application and its address."""
    return {
        "access_log": False,
        "backlog": 1024,
        "h11_max_incomplete_event_size": HEAD_LIMIT_BYTES,
        "http": Connection,
        "lifespan": "off",
        "log_level": "error",
        "proxy_headers": False,
        "server_header": False,
        "timeout_graceful_shutdown": 5,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "ws": "none",
    }
