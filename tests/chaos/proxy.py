"""A TCP proxy before a server that can do to its traffic what networks do."""

import asyncio
import re
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import StrEnum
from random import Random
from typing import Final, Self

from infra.local.servers.process import LOOPBACK

CHUNK_BYTES: Final = 65_536
LATENCY_S: Final = (0.05, 0.3)
HIT_SHARE: Final = 0.3  # of the chunks
# A simple Query, or a Parse with the name of its statement; both end with a zero byte.
COMMIT: Final = re.compile(rb"(?:Q....|P....[^\0]*\0)commit\0", re.IGNORECASE | re.DOTALL)
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


class Mode(StrEnum):
    """What happens to the traffic."""

    PASS = "pass"
    CUT_BEFORE_COMMIT = "cut before COMMIT"
    CUT_AFTER_COMMIT = "cut after COMMIT"
    BLACKHOLE = "blackhole"
    LATENCY = "latency"
    RESET = "connection reset"
    TRUNCATE = "truncation"
    MUTATE = "byte mutation"


ANY_PROTOCOL: Final = (Mode.BLACKHOLE, Mode.LATENCY, Mode.RESET, Mode.TRUNCATE, Mode.MUTATE)


class _Cut(Exception):
    """The connection ends here."""


class Proxy:
    """Listens on a free port of loopback for as long as the block lasts; `hits` counts harm."""

    def __init__(self, port_behind: int, rng: Random) -> None:
        self.port = 0
        self.hits = 0
        self._mode = Mode.PASS
        self._port_behind = port_behind
        self._rng = rng
        self._flows = asyncio.Event()
        self._flows.set()
        self._clients: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, LOOPBACK, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def switch(self, mode: Mode) -> None:
        """From now on, for connections that are there and for new ones.

        What a blackhole swallowed arrives when it ends, as TCP would send it again.
        """
        self._mode, self.hits = mode, 0
        if mode is Mode.BLACKHOLE:
            self._flows.clear()
        else:
            self._flows.set()
        for client in self._clients if mode is Mode.RESET else ():
            self._reset(client)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self._clients.add(writer)
        try:
            await self._connect(reader, writer)
        finally:
            self._tasks.discard(task)
            self._clients.discard(writer)
            writer.close()

    async def _connect(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            answers, server = await asyncio.open_connection(LOOPBACK, self._port_behind)
            there = asyncio.create_task(self._pump(reader, server, self._to_server))
            back = asyncio.create_task(self._pump(answers, client, self._to_client))
            try:
                await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                there.cancel()
                back.cancel()
                await asyncio.gather(there, back, return_exceptions=True)
                server.close()

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        forward: Callable[[bytes, asyncio.StreamWriter], Awaitable[None]],
    ) -> None:
        with suppress(OSError, _Cut):
            while chunk := await reader.read(CHUNK_BYTES):
                await self._delay()
                await forward(chunk, writer)
                await writer.drain()

    async def _delay(self) -> None:
        if not self._flows.is_set():
            self.hits += 1
            await self._flows.wait()
        if self._mode is Mode.LATENCY:
            self.hits += 1
            await asyncio.sleep(self._rng.uniform(*LATENCY_S))

    async def _to_server(self, chunk: bytes, server: asyncio.StreamWriter) -> None:
        commits = COMMIT.search(chunk) is not None
        if self._mode is Mode.RESET and self._hits_now():
            raise _Cut
        if self._mode is Mode.CUT_BEFORE_COMMIT and commits:
            self.hits += 1
            raise _Cut
        server.write(chunk)
        if self._mode is Mode.CUT_AFTER_COMMIT and commits:
            self.hits += 1
            raise _Cut

    async def _to_client(self, chunk: bytes, client: asyncio.StreamWriter) -> None:
        if self._mode is Mode.TRUNCATE and self._hits_now():
            client.write(chunk[: self._rng.randrange(len(chunk))])
            raise _Cut
        if self._mode is Mode.MUTATE and self._hits_now():
            chunk = mutated(chunk, self._rng)
        client.write(chunk)

    def _hits_now(self) -> bool:
        does = self._rng.random() < HIT_SHARE
        self.hits += does
        return does

    def _reset(self, client: asyncio.StreamWriter) -> None:
        self.hits += 1
        connection = client.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        client.transport.abort()


def mutated(chunk: bytes, rng: Random) -> bytes:
    """The same bytes but one."""
    place = rng.randrange(len(chunk))
    other = chunk[place] ^ rng.randrange(1, 256)
    return chunk[:place] + bytes([other]) + chunk[place + 1 :]
