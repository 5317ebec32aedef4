"""A local cloud whose PostgreSQL is reached through a proxy, and whose processes are known."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar

import httpx

from infra.local.servers.postgres import Postgres
from infra.local.servers.supervisor import Child
from tests.chaos.proxy import Proxy
from tests.local_cloud import RunningCloud, cloud

MANY: Final = "1000000000"
# Limits are for people; hashes are cheap here, because logins are not what is measured.
SETTINGS: Final[Mapping[str, str]] = {
    "KITH_CONTACTS_REQUESTS_PER_MINUTE": MANY,
    "KITH_CONTACTS_CREATED_PER_DAY": MANY,
    "KITH_LOGINS_PER_ORIGIN_PER_MINUTE": MANY,
    "KITH_LOGIN_FAILURES": MANY,
    "KITH_SIGNUPS_PER_ORIGIN_PER_HOUR": MANY,
    "KITH_LETTERS_PER_ORIGIN_PER_HOUR": MANY,
    "KITH_PASSWORD_COST": "4",
}

Entered = TypeVar("Entered")


@dataclass(frozen=True)
class LocalStack:
    """`database_url` leads to PostgreSQL itself, past the proxy."""

    running: RunningCloud
    postgres: Child
    proxy: Proxy
    database_url: str
    http: httpx.AsyncClient

    async def state(self) -> dict[str, Any]:
        state: dict[str, Any] = (await self.http.get("/_local/state", timeout=10)).json()
        return state

    async def pids_of(self, server: str) -> list[int]:
        """PostgreSQL with its children, `valkey`, or `aws`; none while it is being started."""
        state = self.postgres.state() if server == "postgres" else (await self.state())[server]
        pid = state["pid"]
        return [pid, *children_of(pid)] if isinstance(pid, int) else []

    async def worker_pids(self) -> list[int]:
        """The processes of all functions."""
        functions = (await self.state())["functions"].values()
        return [worker["pid"] for each in functions for worker in each["workers"] if worker["pid"]]


@asynccontextmanager
async def local_stack(directory: Path, rng: Random) -> AsyncIterator[LocalStack]:
    """Everything, started; stopped by its own pids when the block ends."""
    server = Postgres(directory / "postgres")
    postgres = Child(await asyncio.to_thread(server.program), say=lambda _: None)
    await postgres.start()
    try:
        async with Proxy(server.port, rng) as proxy:
            url = re.sub(r":\d+/", f":{proxy.port}/", server.url)
            environment = {**SETTINGS, "DATABASE_URL": url}
            starting = cloud(directory / "cloud", environment=environment)
            async with _in_one_thread(starting) as running, _client(running.origin) as http:
                yield LocalStack(running, postgres, proxy, server.url, http)
    finally:
        await postgres.stop()


def _client(origin: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=origin, limits=httpx.Limits(max_connections=None))


@asynccontextmanager
async def _in_one_thread(context: AbstractContextManager[Entered]) -> AsyncIterator[Entered]:
    """Entered and left beside the loop, which serves the proxy meanwhile.

    In one thread that lives as long: the kernel ends a child with the thread that started it.
    """
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as thread:
        entered = await loop.run_in_executor(thread, context.__enter__)
        try:
            yield entered
        finally:
            await loop.run_in_executor(thread, context.__exit__, None, None, None)


def children_of(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            _, _, rest = stat.read_text().rpartition(")")
            if int(rest.split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


def kill(pids: list[int]) -> None:
    """`kill -9`; whoever has ended meanwhile is dead enough."""
    _send(pids, signal.SIGKILL)


@contextmanager
def frozen(pids: list[int]) -> Iterator[None]:
    """Stopped by SIGSTOP for as long as the block lasts."""
    _send(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        _send(pids, signal.SIGCONT)


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
