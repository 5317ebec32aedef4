"""The functions of the stack, ready to be invoked: Lambda itself, as far as it concerns us.

Synchronous invocations wait for the answer. Asynchronous ones are accepted at once, kept in memory
and tried three times, as Lambda does; what fails for good is given to `discarded`.
"""

import asyncio
import importlib.util
import secrets
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from infra.local.lambdas.invocation import (
    EVENT_LIMIT_BYTES,
    REQUEST_LIMIT_BYTES,
    Invoked,
    PayloadTooLarge,
    Throttled,
    UnknownFunction,
)
from infra.local.lambdas.pool import Bounds, Pool
from infra.local.lambdas.worker import Worker
from infra.local.servers.process import bare_environment, tied_to_this_process
from infra.local.stack.intrinsics import TemplateError
from infra.local.stack.model import Function, Stack

__all__ = ["Functions", "Invoked", "Kind", "PayloadTooLarge", "Throttled", "UnknownFunction"]

Kind = Literal["RequestResponse", "Event"]
Discarded = Callable[[Function, bytes, Invoked], Awaitable[None]]

WARM_AT_ONCE = 2  # starts in parallel before anybody asks
THROTTLED_AGAIN_SECONDS = 1.0
PORTABLE = Path(__file__).with_name("portable")  # for a machine without the compiled runtime client


class Functions:
    """Every function of the stack with its pool of workers."""

    def __init__(  # noqa: PLR0913 - the stack, its surroundings, and what a test may choose
        self,
        stack: Stack,
        environment: Mapping[str, str],
        extra: Mapping[str, str],
        *,
        bounds: Bounds | None = None,
        say: Callable[[str], None] = print,
        log: Callable[[str, str], None] | None = None,
        discarded: Discarded | None = None,
        portable: bool | None = None,
    ) -> None:
        self._stack = stack
        self._bounds = bounds or Bounds()
        self._say = say
        self._log = log or (lambda function, line: say(f"{function} | {line}"))
        self._discarded = discarded
        self._portable = _lacks_the_compiled_client() if portable is None else portable
        self._environments = {
            name: self._environment(function, environment, extra)
            for name, function in stack.functions.items()
        }
        self._pools: dict[str, Pool] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # -------------------------------------------------------------- running

    async def start(self) -> None:
        """Opens every function. Nothing runs before it is asked for, or warmed."""
        for name, function in self._stack.functions.items():
            bounds = self._bounds_of(function)
            self._pools[name] = Pool(function, self._start_worker, bounds, self._say, self._log)

    def warm(self) -> None:
        """Starts, behind the scenes, a worker of each function that a client waits for."""
        self._run(self._warm(_awaited_by_clients(self._stack)))

    async def stop(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))

    async def reload(self, logical_ids: Iterable[str]) -> None:
        """Replaces the workers of these functions, the busy ones after their current request."""
        for name in logical_ids:
            self._pool(name).reload()

    def state(self) -> dict[str, Any]:
        return {name: pool.state() for name, pool in self._pools.items()}

    # -------------------------------------------------------------- invoking

    async def invoke(
        self, logical_id: str, payload: bytes, kind: Kind = "RequestResponse"
    ) -> Invoked:
        """Invokes a function by its logical id, its name or its ARN.

        Raises `UnknownFunction`, `PayloadTooLarge`, and `Throttled` when too many are waiting. A
        failure of the function is no exception: it is in `Invoked.error`.
        """
        pool = self._pool(logical_id)
        limit = REQUEST_LIMIT_BYTES if kind == "RequestResponse" else EVENT_LIMIT_BYTES
        if len(payload) > limit:
            raise PayloadTooLarge(len(payload), limit, kind)
        if kind == "RequestResponse":
            return await pool.invoke(payload)
        self._run(self._deliver(pool, payload))
        return Invoked(b"")

    def environment_of(self, logical_id: str) -> Mapping[str, str]:
        """The variables that the workers of a function have."""
        return self._environments[logical_id]

    def known(self, name: str) -> Function:
        """The function of this name. Raises `UnknownFunction`."""
        return self._pool(name).function

    def _pool(self, name: str) -> Pool:
        pool = self._pools.get(name)
        if pool is not None:
            return pool
        for logical_id, function in self._stack.functions.items():
            if name in {function.name, function.arn} and logical_id in self._pools:
                return self._pools[logical_id]
        raise UnknownFunction(name)

    async def _deliver(self, pool: Pool, payload: bytes) -> None:
        """An asynchronous event: tried, and tried again."""
        function = pool.function
        invoked = await self._in_its_turn(pool, payload)
        for delay in self._bounds.retry_delays[: function.retries]:
            if invoked.error is None:
                return
            await asyncio.sleep(delay)
            invoked = await self._in_its_turn(pool, payload)
        if invoked.error is not None:
            self._say(f"{function.logical_id}: an asynchronous event failed for good")
            if self._discarded is not None:
                await self._discarded(function, payload, invoked)

    async def _in_its_turn(self, pool: Pool, payload: bytes) -> Invoked:
        """A throttled event is none of the tries: Lambda keeps it and comes again."""
        while True:
            try:
                return await pool.invoke(payload)
            except Throttled:
                await asyncio.sleep(THROTTLED_AGAIN_SECONDS)

    # --------------------------------------------------------------- workers

    async def _warm(self, names: Iterable[str]) -> None:
        gate = asyncio.Semaphore(WARM_AT_ONCE)

        async def warm(pool: Pool) -> None:
            async with gate:
                await pool.warm()

        await asyncio.gather(*(warm(self._pools[name]) for name in names))

    async def _start_worker(self, worker: Worker) -> None:
        function = worker.function
        command = [sys.executable, "-m", "awslambdaric", function.handler]
        environment = self._environments[function.logical_id]
        await worker.start(tied_to_this_process(command), environment, self._bounds.start)

    def _bounds_of(self, function: Function) -> Bounds:
        reserved = function.reserved_concurrency
        if reserved is None:
            return self._bounds
        return replace(self._bounds, workers=min(self._bounds.workers, max(reserved, 1)))

    def _environment(
        self, function: Function, own: Mapping[str, str], extra: Mapping[str, str]
    ) -> dict[str, str]:
        """What the function sees: the template's names, with the local cloud's values."""
        names = {*function.environment, *function.unresolved}
        missing = sorted(function.unresolved - set(own))
        if missing:
            raise TemplateError(
                f"{function.logical_id}: {missing[0]} has a value only on AWS; set it here"
            )
        given = {name: own[name] for name in names if name in own}
        return {
            **bare_environment(),
            **extra,
            **_lambdas_own(function),
            **function.environment,
            **given,
            "PYTHONPATH": ":".join(map(str, self._python_path(function))),
        }

    def _python_path(self, function: Function) -> list[Path]:
        """The function's folder and the layers.

        The layer of dependencies is a lock file until SAM builds it; here the environment that the
        local cloud runs in was installed from the same lock.
        """
        ours = [layer for layer in function.layers if not (layer / "requirements.txt").exists()]
        return [function.folder, *ours, *([PORTABLE] if self._portable else [])]

    def _run(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _lambdas_own(function: Function) -> dict[str, str]:
    """The variables that Lambda sets itself."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {
        "_HANDLER": function.handler,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{version}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start" if function.snapshots else "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": f"local/[$LATEST]{secrets.token_hex(16)}",
        "LAMBDA_TASK_ROOT": str(function.folder),
        "TZ": ":UTC",
    }


def _awaited_by_clients(stack: Stack) -> list[str]:
    """The authorizer first, since every protected request passes it."""
    routes = stack.api.routes
    authorizers = [route.authorizer.function for route in routes if route.authorizer]
    queues = [source.function for source in stack.sources]
    return list(dict.fromkeys([*authorizers, *(route.function for route in routes), *queues]))


def _lacks_the_compiled_client() -> bool:
    return importlib.util.find_spec("runtime_client") is None
