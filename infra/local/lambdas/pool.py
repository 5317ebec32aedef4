"""The workers of one function: as many as concurrency asks for, within bounds.

A worker serves one event at a time, as Lambda's do. An event that finds none idle waits for the
first that becomes free, and if that takes longer than a moment another worker is started. What the
local cloud does differently from AWS: a short queue before the throttle, because a laptop cannot
start a hundred environments.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from infra.local.lambdas.invocation import Invocation, Invoked, failed
from infra.local.lambdas.worker import State, Worker
from infra.local.stack.model import Function

GONE_WITHIN_SECONDS = 30.0  # a worker that was killed

StartWorker = Callable[[Worker], Awaitable[None]]


@dataclass(frozen=True)
class Bounds:
    """How large a pool grows, and how patient it is. Times are seconds."""

    workers: int = 4
    waiting: int = 200  # events
    patience: float = 10.0  # of an event for a worker
    start: float = 30.0  # Lambda gives 10; a laptop that starts everything at once is slower
    growth_delay: float = 0.015  # a wait that is worth another worker
    idle: float = 60.0  # after which a worker beyond the first is let go
    calm: float = 0.5  # between a start that failed and the next, doubled each time
    calm_at_most: float = 8.0
    retry_delays: tuple[float, ...] = (60.0, 120.0)  # of an asynchronous event, Lambda's own


class Pool:
    """Gives events to workers, and keeps the right number of them."""

    def __init__(
        self,
        function: Function,
        start_worker: StartWorker,
        bounds: Bounds,
        say: Callable[[str], None],
        log: Callable[[str, str], None],
    ) -> None:
        self.function = function
        self._start_worker = start_worker
        self._bounds = bounds
        self._say = say
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._workers: set[Worker] = set()
        self._idle: list[Worker] = []  # the one used last is used first; the others may rest
        self._waiting: deque[Invocation] = deque()
        self._growth: asyncio.TimerHandle | None = None
        self._rest: asyncio.TimerHandle | None = None
        self._leaving: set[Worker] = set()  # ended or ending, their process perhaps not yet gone
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure_reason = ""  # why the last start failed
        self._failures = 0  # starts in a row
        self._calm_until = 0.0
        self._closed = False

    # --------------------------------------------------------------- events

    async def invoke(self, payload: bytes) -> Invoked:
        """Runs one event and gives what came out. Raises `Throttled`."""
        invocation = Invocation(payload, self._loop.create_future())
        self._place(invocation)
        return await invocation.outcome

    def _place(self, invocation: Invocation) -> None:
        while self._idle:
            worker = self._idle.pop()
            if worker.state is State.IDLE:
                worker.begin(invocation)
                return
        self._queue(invocation)

    def _queue(self, invocation: Invocation) -> None:
        if self._is_broken():
            invocation.answer(failed("Runtime.InitError", self._failure_reason))
            return
        if len(self._waiting) >= self._bounds.waiting:
            invocation.refuse()
            return
        if invocation.patience is None:
            patience = self._bounds.patience
            invocation.patience = self._loop.call_later(patience, self._give_up, invocation)
        invocation.waits_since = self._loop.time()
        self._waiting.append(invocation)
        self._think_of_growth()

    def _give_up(self, invocation: Invocation) -> None:
        invocation.refuse()
        with contextlib.suppress(ValueError):
            self._waiting.remove(invocation)

    def _is_broken(self) -> bool:
        return self._closed or (not self._workers and time.monotonic() < self._calm_until)

    # --------------------------------------------------- what workers report

    def became_idle(self, worker: Worker) -> None:
        self._forget_failures()
        if worker.retiring:
            self._let_go(worker)
            return
        while self._waiting:
            invocation = self._waiting.popleft()
            if not invocation.outcome.done():
                invocation.wait_no_longer()
                worker.begin(invocation)
                return
        self._idle.append(worker)
        self._think_of_rest()

    def never_got(self, worker: Worker, invocation: Invocation) -> None:
        """The event died with the worker, unread: it goes to another one."""
        self._forget(worker)
        invocation.attempts += 1
        if invocation.attempts > self._bounds.workers + 1:
            invocation.answer(failed("Runtime.ExitError", "no worker stayed alive"))
        else:
            self._place(invocation)

    def ended(self, worker: Worker, reason: str) -> None:
        """A worker died by itself. It is replaced at once, unless starting seems to be in vain.

        Like Lambda, a start that died without a word is tried a second time before it counts.
        One that somebody killed says nothing about the function.
        """
        self._say(f"{self.function.logical_id}: worker {worker.pid} {reason}")
        self._dismiss(worker)
        if worker.retiring:
            return
        if worker.was_ready or worker.was_killed:
            self._replace()
        elif self._failures == 0 and not worker.import_failed:
            self._failures = 1
            self._replace()
        else:
            self._start_failed(reason)

    def _replace(self) -> None:
        if not self._starting():
            self._grow()
        if self._waiting:
            self._think_of_growth()

    def _start_failed(self, reason: str) -> None:
        self._failure_reason = reason
        calm = min(self._bounds.calm * 2**self._failures, self._bounds.calm_at_most)
        self._failures += 1
        self._calm_until = time.monotonic() + calm
        if not self._workers:
            while self._waiting:
                self._waiting.popleft().answer(failed("Runtime.InitError", reason))

    def _forget_failures(self) -> None:
        self._failures, self._failure_reason, self._calm_until = 0, "", 0.0

    # --------------------------------------------------------------- growth

    async def warm(self) -> None:
        """Starts the first worker before anybody asks, and waits for the end of its start."""
        if not self._workers:
            self._grow()
        await asyncio.gather(*(worker.settled.wait() for worker in self._workers))

    def _think_of_growth(self) -> None:
        if not self._workers:
            self._grow()
        elif self._growth is None and len(self._workers) < self._bounds.workers:
            self._growth = self._loop.call_later(self._bounds.growth_delay, self._grow_if_needed)

    def _grow_if_needed(self) -> None:
        """One more at a time: a start costs more than many requests, and helps soon."""
        self._growth = None
        if not self._waiting:
            return
        waited = self._loop.time() - self._waiting[0].waits_since
        if waited >= self._bounds.growth_delay and not self._starting():
            self._grow()
        self._think_of_growth()

    def _starting(self) -> bool:
        return any(worker.state is State.STARTING for worker in self._workers)

    def _grow(self) -> None:
        if self._closed or len(self._workers) >= self._bounds.workers:
            return
        worker = Worker(self.function, self, self._log)
        self._workers.add(worker)
        self._run(self._begin_life(worker))

    async def _begin_life(self, worker: Worker) -> None:
        try:
            await self._start_worker(worker)
        except OSError as error:
            worker.fail_to_start(f"could not start: {error}")

    def _run(self, work: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --------------------------------------------------------------- shrink

    def _think_of_rest(self) -> None:
        if self._rest is None and len(self._idle) > 1:
            self._rest = self._loop.call_later(self._bounds.idle / 2, self._shrink)

    def _shrink(self) -> None:
        self._rest = None
        long_ago = time.monotonic() - self._bounds.idle
        for worker in [each for each in self._idle[:-1] if each.since <= long_ago]:
            self._let_go(worker)
        self._think_of_rest()

    def _let_go(self, worker: Worker) -> None:
        self._dismiss(worker)
        worker.stop()

    def _dismiss(self, worker: Worker) -> None:
        """The worker gets no more events; its process is watched until it is gone."""
        self._forget(worker)
        if worker not in self._leaving:
            self._leaving.add(worker)
            self._run(self._watch_it_leave(worker))

    async def _watch_it_leave(self, worker: Worker) -> None:
        await worker.gone()
        self._leaving.discard(worker)

    def _forget(self, worker: Worker) -> None:
        self._workers.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)

    # --------------------------------------------------------------- orders

    def reload(self) -> None:
        """New code: every worker is replaced, a busy one after its current request."""
        self._forget_failures()
        for worker in tuple(self._workers):
            worker.retiring = True
            if worker.state is State.BUSY:
                self._dismiss(worker)
            else:
                self._let_go(worker)
        self._grow()

    async def close(self) -> None:
        """Ends all workers and waits until they are gone."""
        self._closed = True
        for timer in (self._growth, self._rest):
            if timer is not None:
                timer.cancel()
        while self._waiting:
            self._waiting.popleft().refuse()
        for worker in (*self._workers, *self._leaving):
            self._let_go(worker)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=GONE_WITHIN_SECONDS)

    def state(self) -> dict[str, Any]:
        return {
            "workers": [
                {"pid": worker.pid, "state": str(worker.state), "served": worker.served}
                for worker in self._workers
            ],
            "waiting": len(self._waiting),
            "at_most": self._bounds.workers,
            "error": self._failure_reason or None,
        }
