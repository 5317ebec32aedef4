"""The faults, one after another at random by a seed, and how long each is felt."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from tests.chaos.local_stack import LocalStack, frozen, kill
from tests.chaos.proxy import ANY_PROTOCOL, Mode

LASTS_S: Final = (0.5, 8.0)  # below and above every timeout of a request
KILLED_WORKERS, KILLS, BETWEEN_KILLS_S = 3, 3, 0.3
PROBE_EVERY_S, RECOVERED_WITHIN_S = 0.1, 60.0

Probe = Callable[[], Awaitable[bool]]


@dataclass(frozen=True)
class Fault:
    """`inject` returns when the fault is over and healing may begin; it gives how often it hit."""

    name: str
    inject: Callable[[LocalStack, Random], Awaitable[int]]
    alters: bool = False  # what a server says


def killed(server: str) -> Fault:
    async def inject(stack: LocalStack, _: Random) -> int:
        pids = await stack.pids_of(server)
        kill(pids)
        return len(pids[:1])

    return Fault(f"{server}: kill -9", inject)


def backend_killed() -> Fault:
    """One process of PostgreSQL; the others end themselves, since memory is shared."""

    async def inject(stack: LocalStack, rng: Random) -> int:
        children = (await stack.pids_of("postgres"))[1:]
        chosen = rng.sample(children, min(1, len(children)))
        kill(chosen)
        return len(chosen)

    return Fault("postgres: kill -9 of a child", inject)


def stopped(server: str) -> Fault:
    async def inject(stack: LocalStack, rng: Random) -> int:
        pids = await stack.pids_of(server)
        with frozen(pids):
            await asyncio.sleep(rng.uniform(*LASTS_S))
        return len(pids[:1])

    return Fault(f"{server}: SIGSTOP", inject)


async def _kill_workers(stack: LocalStack, rng: Random) -> int:
    hits = 0
    for _ in range(KILLS):
        pids = await stack.worker_pids()
        chosen = rng.sample(pids, min(KILLED_WORKERS, len(pids)))
        kill(chosen)
        hits += len(chosen)
        await asyncio.sleep(BETWEEN_KILLS_S)
    return hits


async def _stop_workers(stack: LocalStack, rng: Random) -> int:
    pids = await stack.worker_pids()
    chosen = rng.sample(pids, (len(pids) + 1) // 2)
    with frozen(chosen):
        await asyncio.sleep(rng.uniform(*LASTS_S))
    return len(chosen)


def on_the_wire(server: str, mode: Mode) -> Fault:
    async def inject(stack: LocalStack, rng: Random) -> int:
        proxy = stack.proxies[server]
        proxy.switch(mode)
        try:
            await asyncio.sleep(rng.uniform(*LASTS_S))
            return proxy.hits
        finally:
            proxy.switch(Mode.PASS)

    return Fault(f"{server}: {mode}", inject, alters=mode is Mode.MUTATE)


FAULTS: Final = (
    killed("postgres"),
    backend_killed(),
    stopped("postgres"),
    *(on_the_wire("postgres", mode) for mode in Mode if mode is not Mode.PASS),
    killed("valkey"),
    stopped("valkey"),
    *(on_the_wire("valkey", mode) for mode in ANY_PROTOCOL),
    killed("aws"),
    stopped("aws"),
    Fault("workers: kill -9", _kill_workers),
    Fault("workers: SIGSTOP", _stop_workers),
)


def in_random_order(rng: Random, only: str = "") -> Iterator[Fault]:
    """Each kind whose name has `only` in it, then each once more in another order, for ever."""
    chosen = [fault for fault in FAULTS if only in fault.name]
    while chosen:
        yield from rng.sample(chosen, len(chosen))


async def recovery(probe: Probe) -> float | None:
    """Seconds until the first success of a probe; one is sent every moment, whatever hangs.

    None when there was none in time.
    """
    began = time.monotonic()
    recovered = asyncio.Event()

    async def send() -> None:
        if await probe():
            recovered.set()

    async with asyncio.TaskGroup() as probes:
        while not recovered.is_set() and time.monotonic() < began + RECOVERED_WITHIN_S:
            probes.create_task(send())
            try:
                await asyncio.wait_for(recovered.wait(), PROBE_EVERY_S)
            except TimeoutError:
                continue
        took = time.monotonic() - began
    return took if recovered.is_set() else None
