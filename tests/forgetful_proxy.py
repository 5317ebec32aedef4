"""A TCP proxy that forgets connections that exist, as a network does with those that sleep.

How it forgets depends on what stands between: nothing is heard any more, or the connection is
closed, or reset, at once or as soon as somebody uses it again. New connections are let through.
"""

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Thread
from typing import Final

_RESET: Final = struct.pack("ii", 1, 0)  # SO_LINGER: closing discards and resets


@dataclass
class Flow:
    """One connection through the proxy; ``on_use`` is done in place of forwarding."""

    client: socket.socket
    server: socket.socket
    on_use: Callable[["Flow"], None] | None = None

    def fall_silent(self) -> None:
        self.on_use = lambda _: None

    def close(self) -> None:
        for each in (self.client, self.server):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def reset(self) -> None:
        with suppress(OSError):
            self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        with suppress(OSError):
            self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        with suppress(OSError):
            self.client.shutdown(socket.SHUT_RD)  # wakes who reads, tells nobody
        self.client.close()

    def reset_when_used(self) -> None:
        self.on_use = Flow.reset

    def close_when_used(self) -> None:
        self.on_use = Flow.close


FAILURES: Final[dict[str, Callable[[Flow], None]]] = {
    "silently": Flow.fall_silent,
    "closing": Flow.close,
    "resetting": Flow.reset,
    "closing when used": Flow.close_when_used,
    "resetting when used": Flow.reset_when_used,
}


class ForgetfulProxy:
    """Listens on loopback, before a server there."""

    def __init__(self, port: int) -> None:
        self._server_port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._flows: list[Flow] = []
        self._forgotten: list[Flow] = []
        self._threads: list[Thread] = []
        self._run(self._accept)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def forget(self, failure: str) -> None:
        """Every connection that there is."""
        for flow in self._flows:
            FAILURES[failure](flow)
        self._forgotten += self._flows
        self._flows = []

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for flow in self._flows + self._forgotten:
            flow.close()
        for thread in self._threads:
            thread.join()

    def _run(self, work: Callable[[], None]) -> None:
        thread = Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                flow = Flow(client, socket.create_connection(("127.0.0.1", self._server_port)))
                for each in (flow.client, flow.server):
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._flows.append(flow)
                self._run(lambda flow=flow: self._forward(flow, flow.client, flow.server))  # type: ignore[misc]
                self._run(lambda flow=flow: self._forward(flow, flow.server, flow.client))  # type: ignore[misc]

    def _forward(self, flow: Flow, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while content := source.recv(65536):
                if flow.on_use:
                    flow.on_use(flow)
                else:
                    target.sendall(content)
        if not flow.on_use:
            flow.close()


@contextmanager
def forgetful_proxy(port: int) -> Iterator[ForgetfulProxy]:
    """A proxy before the server at a port of loopback, for as long as the block lasts."""
    proxy = ForgetfulProxy(port)
    try:
        yield proxy
    finally:
        proxy.close()
