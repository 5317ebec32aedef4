"""A program that the local cloud runs: how to start it, how to see that it serves, how to end it.

Nothing here restarts anything: that is `supervisor.py`. What is here is shared by the supervisor
and by the tests, which start one server for a session with `running`.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from infra.local.configuration import StartupError

LOOPBACK = "127.0.0.1"
READY_WITHIN_S = 120.0  # a program that ends is noticed at once
STOPPED_WITHIN_S = 30.0
LOOK_EVERY_S = 0.02


@dataclass(frozen=True)
class Program:
    """One child process, described.

    `ready` is asked again and again from a thread until it says yes; `prepare` runs before every
    start and clears what an earlier death left behind.
    """

    name: str
    command: Sequence[str]
    log: Path
    ready: Callable[[], bool]
    address: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] = lambda: None
    stop_signal: signal.Signals = signal.SIGTERM
    user: str | None = None


@dataclass(frozen=True)
class LoopbackServer:
    """A server with a folder of its own; its port on loopback is kept in there."""

    directory: Path

    @cached_property
    def port(self) -> int:
        return remembered_port(self.directory / "port")

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def python_module(
        self, name: str, module: str, *arguments: str, environment: Mapping[str, str]
    ) -> Program:
        """``python -m module``, ready when it listens."""
        self.directory.mkdir(parents=True, exist_ok=True)
        return Program(
            name=name,
            command=[sys.executable, "-m", module, *arguments],
            environment=environment,
            log=self.directory / "server.log",
            ready=lambda: listens(self.port),
            address=self.address,
        )


def spawn(program: Program) -> subprocess.Popen[bytes]:
    """Start it in a process group of its own, its output in its log, to die with this process."""
    program.prepare()
    with program.log.open("ab") as log:
        return subprocess.Popen(
            tied_to_this_process(
                program.command, stop_signal=program.stop_signal, user=program.user
            ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**bare_environment(), **program.environment},
            start_new_session=True,
        )


@contextmanager
def running(program: Program) -> Iterator[subprocess.Popen[bytes]]:
    """The program, serving, for as long as the block lasts."""
    process = spawn(program)
    try:
        _await_ready(program, process)
        yield process
    finally:
        end(process, program.stop_signal)


def end(
    process: subprocess.Popen[bytes],
    stop_signal: signal.Signals,
    within_s: float = STOPPED_WITHIN_S,
) -> None:
    """Ask the process to stop; take it and its whole group down if it does not."""
    if process.poll() is None:
        process.send_signal(stop_signal)
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        kill_group(process.pid)
        process.wait()


def kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        return int(listener.getsockname()[1])


def is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def listens(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True


def remembered_port(file: Path) -> int:
    """The port that this directory had before if it is still free, else a new one, remembered."""
    try:
        port = int(file.read_text())
    except (OSError, ValueError):
        port = 0
    if not port or not is_free(port):
        port = free_port()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{port}\n")
    return port


def remembered_secret(file: Path) -> str:
    """A password made once for this directory."""
    if not file.exists():
        write_private(file, secrets.token_urlsafe(32))
    return file.read_text()


def write_private(file: Path, text: str) -> None:
    """Write it whole or not at all, for nobody else's eyes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    unfinished.write_text(text)
    unfinished.replace(file)


def last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "it wrote nothing")


def tied_to_this_process(
    command: Sequence[str],
    *,
    stop_signal: signal.Signals = signal.SIGKILL,
    user: str | None = None,
) -> list[str]:
    """The same command, sent this signal when we die, however we die, and run as this user."""
    tie = [sys.executable, "-I", "-S", str(Path(__file__).with_name("die_with_parent.py"))]
    return [*tie, str(os.getpid()), str(int(stop_signal)), user or "", *command]


def end_leftover(pid_file: Path, *, mark: str, stop_signal: signal.Signals) -> None:
    """End the server that outlived its cloud, and drop the pid file of one that was killed.

    `mark` is a word of its command line: numbers of processes are soon used again in a container,
    and PostgreSQL takes any living process with the number in its file for its own.
    """
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        pid = 0
    if pid and mark in command_line(pid):
        _end_pid(pid, stop_signal)
    pid_file.unlink(missing_ok=True)


def command_line(pid: int) -> str:
    """How the process was started; empty when there is none."""
    listing = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self").exists():
        return listing.read_text().replace("\0", " ") if listing.exists() else ""
    ps = ["/bin/ps", "-o", "command=", "-p", str(pid)]
    return subprocess.run(ps, capture_output=True, text=True, check=False).stdout


def _end_pid(pid: int, stop_signal: signal.Signals) -> None:
    for number in (stop_signal, signal.SIGKILL):
        os.kill(pid, number)
        deadline = time.monotonic() + STOPPED_WITHIN_S
        while time.monotonic() < deadline:
            if not command_line(pid):
                return
            time.sleep(LOOK_EVERY_S)


def _await_ready(program: Program, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while not program.ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise StartupError(f"{program.name} did not start: {last_line(program.log)}")
        time.sleep(LOOK_EVERY_S)


def bare_environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
