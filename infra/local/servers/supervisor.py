"""Keeps one program running: started again with growing pauses however often it dies.

`kill -9` of anything must lead back to service without hands, so a child is watched from its first
start until the cloud itself stops.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

from infra.local.configuration import StartupError
from infra.local.servers.process import (
    LOOK_EVERY_S,
    READY_WITHIN_S,
    STOPPED_WITHIN_S,
    Program,
    bare_environment,
    kill_group,
    last_line,
    tied_to_this_process,
)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
STEADY_AFTER_S = 10.0


async def nothing() -> None:
    """The default of what happens when a child serves."""


class Child:
    """One supervised program. `on_ready` runs whenever it serves again, the first time included."""

    def __init__(
        self,
        program: Program,
        *,
        on_ready: Callable[[], Awaitable[None]] = nothing,
        say: Callable[[str], None] = print,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        steady_after_s: float = STEADY_AFTER_S,
    ) -> None:
        self.program = program
        self._pause = pause
        self._steady_after_s = steady_after_s
        self._on_ready = on_ready
        self._say = say
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._status = "stopped"
        self._starts = 0
        self._serving = asyncio.Event()

    async def start(self) -> None:
        """Until it serves for the first time; a program that cannot is a `StartupError`."""
        await self._bring_up()
        self._watch = asyncio.create_task(self._keep_up(), name=f"supervise {self.program.name}")

    async def serving(self) -> None:
        """Wait until it serves."""
        await self._serving.wait()

    async def stop(self) -> None:
        if self._watch:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        await self._end()
        self._status = "stopped"

    def state(self) -> dict[str, object]:
        alive = self._process is not None and self._process.returncode is None
        return {
            "pid": self._process.pid if self._process and alive else None,
            "address": self.program.address,
            "state": self._status,
            "restarts": max(0, self._starts - 1),
        }

    async def _keep_up(self) -> None:
        pause_s = FIRST_PAUSE_S
        while self._process:
            started = time.monotonic()
            code = await self._process.wait()
            self._serving.clear()
            self._status = "restarting"
            if time.monotonic() - started > self._steady_after_s:
                pause_s = FIRST_PAUSE_S
            self._say(f"{self.program.name} ended ({code}); it is started again")
            pause_s = await self._bring_up_again(pause_s)

    async def _bring_up_again(self, pause_s: float) -> float:
        while True:
            await self._pause(pause_s)
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)
            try:
                await self._bring_up()
            except (StartupError, OSError) as error:
                self._say(str(error))
            else:
                return pause_s

    async def _bring_up(self) -> None:
        self._status = "starting"
        try:
            await self._spawn()
            await self._await_ready()
            await self._on_ready()
        except BaseException:
            await self._end()
            raise
        self._status = "running"
        self._serving.set()

    async def _spawn(self) -> None:
        """From this thread: the kernel ends a child together with the thread that spawned it."""
        program = self.program
        await asyncio.to_thread(program.prepare)
        with program.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *tied_to_this_process(
                    program.command, stop_signal=program.stop_signal, user=program.user
                ),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**bare_environment(), **program.environment},
                start_new_session=True,
            )
        self._starts += 1

    async def _await_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while not await asyncio.to_thread(self.program.ready):
            ended = self._process is None or self._process.returncode is not None
            if ended or time.monotonic() > deadline:
                reason = last_line(self.program.log)
                raise StartupError(f"{self.program.name} did not start: {reason}")
            await asyncio.sleep(LOOK_EVERY_S)

    async def _end(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(self.program.stop_signal)
        try:
            await asyncio.wait_for(process.wait(), STOPPED_WITHIN_S)
        except TimeoutError:
            kill_group(process.pid)
            await process.wait()
