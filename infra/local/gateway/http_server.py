"""uvicorn inside a process that has other things to do: no signals, stopped by us."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn

from infra.local.configuration import StartupError
from infra.local.servers.process import LOOPBACK

BACKLOG = 2048
FINISH_WITHIN_S = 5


class Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The cloud hears the signals and stops everything in its order."""
        yield


@asynccontextmanager
async def serving(app: Any, listener: socket.socket, **options: Any) -> AsyncIterator[None]:
    """The app on that socket for as long as the block lasts."""
    options = {
        "timeout_graceful_shutdown": FINISH_WITHIN_S,
        "log_config": None,
        "lifespan": "off",
        **options,
    }
    server = Server(uvicorn.Config(app, **options))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    await server.up.wait()
    try:
        yield
    finally:
        server.should_exit = True
        await task


def listener_on(port: int) -> socket.socket:
    """It listens at once, so that nobody else can have the port while everything starts."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise StartupError(f"port {port} cannot be used: {_reason(error)}") from error
    return listener


def _reason(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another program listens on it; choose another one with PORT=…"
    return error.strerror or str(error)
