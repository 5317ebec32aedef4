"""HTTP as the gateway speaks it: uvicorn with strict limits, and nothing else of uvicorn's.

Give `server_options()` to `uvicorn.Config`. A client gets a limited time to say what it wants, a
limited number of bytes to say it in, and no word about what serves it.
"""

import asyncio
import socket
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_LIMIT_BYTES = 16_384  # the gateway itself refuses more than 10 240 with an answer
HEAD_SECONDS = 10.0  # from the connection, or the first byte, to the end of the headers
KEEP_ALIVE_SECONDS = 75


class Connection(H11Protocol):
    """One connection of a client."""

    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvicorn says the same
        super().connection_made(transport)
        # asyncio does this only for sockets that it made itself; else an answer waits 40 ms.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._patience = self.loop.call_later(HEAD_SECONDS, self._has_said_nothing)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_longer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._patience is None and (self.cycle is None or self.cycle.response_complete):
            self._patience = self.loop.call_later(HEAD_SECONDS, self._has_said_nothing)
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._wait_no_longer()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._wait_no_longer()

    def _has_said_nothing(self) -> None:
        self._patience = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()

    def _wait_no_longer(self) -> None:
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
        "log_level": "warning",
        "proxy_headers": False,
        "server_header": False,
        "timeout_graceful_shutdown": 5,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "ws": "none",
    }
