"""A local cloud that reaches its servers through proxies, and whose processes are known."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import (
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar

import httpx

from infra.local.servers.postgres import Postgres
from infra.local.servers.process import Program
from infra.local.servers.supervisor import Child
from infra.local.servers.valkey import Valkey
from tests.chaos.proxy import Proxy
from tests.local_cloud import RunningCloud, cloud

STOPPED: Final = 130  # the exit status of a run that was interrupted
MANY: Final = "1000000000"
# Limits are for people; hashes are cheap here, because logins are not what is measured.
SETTINGS: Final[Mapping[str, str]] = {
    "KITH_CONTACTS_REQUESTS_PER_MINUTE": MANY,
    "KITH_CONTACTS_CREATED_PER_DAY": MANY,
    "KITH_LOGINS_PER_ORIGIN_PER_MINUTE": MANY,
    "KITH_LOGIN_FAILURES": MANY,
    "KITH_SIGNUPS_PER_ORIGIN_PER_HOUR": MANY,
    "KITH_LETTERS_PER_ORIGIN_PER_HOUR": MANY,
    "KITH_ACCOUNT_REQUESTS_PER_MINUTE": MANY,
    "KITH_REFRESHES_PER_ORIGIN_PER_MINUTE": MANY,
    "KITH_PASSWORD_COST": "4",
}

Result = TypeVar("Result")


@dataclass(frozen=True)
class LocalStack:
    """`servers` and `proxies` by the name of what they serve: `postgres` and `valkey`.

    `database_url` leads past the proxy.
    """

    running: RunningCloud
    servers: Mapping[str, Child]
    proxies: Mapping[str, Proxy]
    database_url: str
    http: httpx.AsyncClient

    async def state(self) -> dict[str, Any]:
        state: dict[str, Any] = (await self.http.get("/_local/state", timeout=10)).json()
        return state

    async def pids_of(self, server: str) -> list[int]:
        """A server and its children; none while it is being started."""
        child = self.servers.get(server)
        pid = (child.state() if child else (await self.state())[server])["pid"]
        return [pid, *children_of(pid)] if isinstance(pid, int) else []

    async def worker_pids(self) -> list[int]:
        """The processes of all functions."""
        functions = (await self.state())["functions"].values()
        return [worker["pid"] for each in functions for worker in each["workers"] if worker["pid"]]


@asynccontextmanager
async def local_stack(directory: Path, rng: Random) -> AsyncIterator[LocalStack]:
    """Everything, started; stopped by its own pids when the block ends."""
    postgres, valkey = Postgres(directory / "postgres"), Valkey(directory / "valkey")
    async with AsyncExitStack() as ending:
        servers = {
            "postgres": await _started(ending, await asyncio.to_thread(postgres.program)),
            "valkey": await _started(ending, valkey.program()),
        }
        proxies = {
            name: await ending.enter_async_context(Proxy(port, Random(rng.random())))
            for name, port in (("postgres", postgres.port), ("valkey", valkey.port))
        }
        environment = {
            **SETTINGS,
            "DATABASE_URL": _through(proxies["postgres"], postgres.url),
            "REDIS_URL": _through(proxies["valkey"], valkey.url),
        }
        starting = cloud(directory / "cloud", environment=environment)
        running = await ending.enter_async_context(_in_one_thread(starting))
        http = await ending.enter_async_context(_client(running.origin))
        yield LocalStack(running, servers, proxies, postgres.url, http)


async def _started(ending: AsyncExitStack, program: Program) -> Child:
    child = Child(program, say=lambda _: None)
    await child.start()
    ending.push_async_callback(child.stop)
    return child


def _through(proxy: Proxy, url: str) -> str:
    return re.sub(r":\d+/", f":{proxy.port}/", url)


def _client(origin: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=origin, limits=httpx.Limits(max_connections=None))


@asynccontextmanager
async def _in_one_thread(context: AbstractContextManager[Result]) -> AsyncIterator[Result]:
    """Result and left beside the loop, which serves the proxy meanwhile.

    In one thread that lives as long: the kernel ends a child with the thread that started it.
    """
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as thread:
        entered = await loop.run_in_executor(thread, context.__enter__)
        try:
            yield entered
        finally:
            await loop.run_in_executor(thread, context.__exit__, None, None, None)


def run_or_stop(work: Coroutine[None, None, Result]) -> Result | None:
    """Run it to its end; None when Ctrl-C or SIGTERM came first, and all was stopped."""

    async def stoppable() -> Result:
        task = asyncio.current_task()
        assert task
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await work

    with suppress(KeyboardInterrupt, asyncio.CancelledError):
        return asyncio.run(stoppable())
    return None


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
