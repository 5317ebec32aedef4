"""A worker: one real Lambda execution environment, `python -m awslambdaric app.handler`.

It is a process of its own that gets one event at a time through its own `RuntimeChannel`. What
befalls it (a crash, a kill, a timeout, an error at import) is reported to its pool, and answered to
whoever waits as Lambda answers.
"""

import asyncio
import contextlib
import enum
import json
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Protocol

from infra.local.lambdas.invocation import Invocation, Invoked, exited, failed, timed_out, too_large
from infra.local.lambdas.runtime_api import RuntimeChannel
from infra.local.stack.model import Function

LOG_TAIL_BYTES = 4096  # what `X-Amz-Log-Type: Tail` gives
LOG_LINE_BYTES = 1_048_576
TIDY_EXIT_SECONDS = 1.0
LINE_TELLS_WITHIN_SECONDS = 0.05  # a dead process's connection breaks
EXIT_TELLS_WITHIN_SECONDS = 0.25  # a process that hung up ends


class State(enum.StrEnum):
    """Where a worker is in its life."""

    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"
    STOPPED = "stopped"


class Owner(Protocol):
    """Who hears of a worker's life: its pool."""

    def became_idle(self, worker: "Worker") -> None: ...
    def never_got(self, worker: "Worker", invocation: Invocation) -> None: ...
    def ended(self, worker: "Worker", reason: str) -> None: ...


class Worker:
    """One process of one function."""

    def __init__(self, function: Function, owner: Owner, log: Callable[[str, str], None]) -> None:
        self.function = function
        self.state = State.STARTING
        self.since = time.monotonic()
        self.served = 0
        self.settled = asyncio.Event()  # ready for the first time, or dead before that
        self.was_ready = False
        self.import_failed = False
        self.was_killed = False  # by somebody else
        self.retiring = False  # to end after its current request
        self._owner = owner
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._invocation: Invocation | None = None
        self._clock: asyncio.TimerHandle | None = None
        self._line: RuntimeChannel | None = None  # where the next event goes
        self._process: asyncio.subprocess.Process | None = None
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._tail: deque[str] = deque()
        self._tail_bytes = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    # ------------------------------------------------------ start and stop

    async def start(
        self, command: Sequence[str], environment: Mapping[str, str], init_seconds: float
    ) -> None:
        """Starts the process. It is ready when it asks for its first event."""
        self._server = await self._loop.create_server(
            lambda: RuntimeChannel(self), "127.0.0.1", 0, backlog=4
        )
        port = self._server.sockets[0].getsockname()[1]
        self._process = await asyncio.create_subprocess_exec(
            *command,
            cwd=self.function.folder,
            env={**environment, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=LOG_LINE_BYTES,
            start_new_session=True,
        )
        if self.state is State.STOPPED:  # meanwhile nobody wants it any more
            self._kill()
        elif self.state is State.STARTING:
            self._clock = self._loop.call_later(init_seconds, self._never_ready, init_seconds)
        self._spawn_task(self._pass_on_output())
        self._spawn_task(self._await_exit())

    def stop(self) -> None:
        """Ends the process without a replacement; what it does at the moment is lost."""
        if self.state is not State.STOPPED:
            self._leave("stopped")
            self._send(signal.SIGTERM)
            self._loop.call_later(TIDY_EXIT_SECONDS, self._kill)

    def fail_to_start(self, reason: str) -> None:
        self.import_failed = True
        self._die(reason)

    async def gone(self) -> None:
        """Waits for the process to be gone, and its output to be read."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    # ------------------------------------------------------------ one event

    def begin(self, invocation: Invocation) -> None:
        """Hands over an event. The worker must be idle."""
        if self._line is None or not self._line.is_there():
            self._owner.never_got(self, invocation)
            self._die("was found dead")
            return
        self.state = State.BUSY
        self.since = time.monotonic()
        self._invocation = invocation
        self._forget_tail()
        seconds = self.function.timeout_seconds
        self._clock = self._loop.call_later(seconds, self._out_of_time)
        self._line.give(invocation, int((time.time() + seconds) * 1000))

    def asked_for_next(self, channel: RuntimeChannel) -> None:
        if self.state is State.STOPPED:
            return
        self._stop_clock()
        self._line = channel
        self.state = State.IDLE
        self.was_ready = True
        self.settled.set()
        self.since = time.monotonic()
        self._owner.became_idle(self)

    def answered(self, request_id: str, payload: bytes, *, error: bool) -> bool:
        return self._finish(request_id, payload, "Unhandled" if error else None)

    def answered_too_much(self, request_id: str, size: int) -> bool:
        error_type, message = too_large(size)
        outcome = failed(error_type, message)
        return self._finish(request_id, outcome.payload, outcome.error)

    def could_not_start(self, payload: bytes) -> None:
        self.fail_to_start(_readable(payload))

    def hung_up(self, channel: RuntimeChannel, *, unread: bool) -> None:
        """The line is broken. An event that was never read may be repeated on another worker."""
        if channel is not self._line or self.state is State.STOPPED:
            return
        invocation = self._invocation
        if unread and invocation is not None:
            self._invocation = None
            self._owner.never_got(self, invocation)
        self._line = None
        self._stop_clock()
        self._clock = self._loop.call_later(EXIT_TELLS_WITHIN_SECONDS, self._die, "hung up")

    def log_tail(self) -> str:
        return "".join(self._tail)

    # -------------------------------------------------------------- endings

    def _finish(self, request_id: str, payload: bytes, error: str | None) -> bool:
        invocation = self._invocation
        if invocation is None or invocation.request_id != request_id:
            return False
        self._stop_clock()
        self._invocation = None
        cold = self.served == 0
        self.served += 1
        invocation.answer(Invoked(payload, error, cold, self.log_tail()))
        return True

    def _out_of_time(self) -> None:
        seconds = self.function.timeout_seconds
        request_id = self._invocation.request_id if self._invocation else ""
        self._fail(*timed_out(request_id, seconds))
        self._die(f"timed out after {seconds:.2f} seconds")

    def _never_ready(self, seconds: float) -> None:
        self._die(f"was not ready within {seconds:.0f} seconds")

    def _fail(self, error_type: str, message: str) -> None:
        invocation, self._invocation = self._invocation, None
        if invocation is not None:
            invocation.answer(
                failed(error_type, message, cold=self.served == 0, log_tail=self.log_tail())
            )

    def _die(self, reason: str) -> None:
        if self.state is State.STOPPED:
            return
        if self._invocation is not None:
            self._fail(*exited(self._invocation.request_id, reason))
        self._leave(reason)
        self._kill()
        self._owner.ended(self, reason)

    def _leave(self, reason: str) -> None:
        self.state = State.STOPPED
        self.settled.set()
        self._stop_clock()
        if self._invocation is not None:
            self._fail(*exited(self._invocation.request_id, reason))
        if self._server is not None:
            self._server.close()

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _kill(self) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        """To the process and whatever it started: it leads a group of its own."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)

    # --------------------------------------------------------------- output

    async def _await_exit(self) -> None:
        assert self._process is not None  # noqa: S101 - started before this task
        code = await self._process.wait()
        if self._line is not None:
            # It is about to break, and to tell whether the event had been read.
            await asyncio.sleep(LINE_TELLS_WITHIN_SECONDS)
        self.was_killed = code == -signal.SIGKILL
        self._die(_how_it_ended(code))

    async def _pass_on_output(self) -> None:
        assert self._process is not None and self._process.stdout is not None  # noqa: PT018, S101 - as above
        while True:
            try:
                line = await self._process.stdout.readline()
            except ValueError:  # a line beyond all bounds: what came of it is dropped
                continue
            if not line:
                return
            self._heard(line.decode("utf-8", "replace"))

    def _heard(self, line: str) -> None:
        self._tail.append(line)
        self._tail_bytes += len(line)
        while self._tail_bytes > LOG_TAIL_BYTES and len(self._tail) > 1:
            self._tail_bytes -= len(self._tail.popleft())
        for part in line.rstrip("\r\n").replace("\xa0", " ").split("\r"):
            self._log(self.function.logical_id, part)

    def _forget_tail(self) -> None:
        self._tail.clear()
        self._tail_bytes = 0

    def _spawn_task(self, work: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _how_it_ended(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit status {code}"


def _readable(payload: bytes) -> str:
    """An init error as one line: what `awslambdaric` could not import, and where."""
    try:
        error = json.loads(payload)
        where = "".join(error.get("stackTrace") or [])[:500].strip()
        message = f"{error.get('errorType')}: {error.get('errorMessage')}"
    except (ValueError, AttributeError, TypeError):
        return "could not start"
    return " ".join(f"{message} {where}".split())
