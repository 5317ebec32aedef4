"""The command that people type, `python -m infra.local`, in a folder of its own on a free port."""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from infra.local.configuration import PYTHONPATH, ROOT, StartupError
from infra.local.servers.process import bare_environment, tied_to_this_process
from tests.waiting import HANG_SECONDS, wait_until

READY = re.compile(r"Kith is ready on (\S+) ")


@dataclass(frozen=True)
class RunningCloud:
    """`origin` has no slash at its end; `log` is the file with all that the cloud printed."""

    origin: str
    directory: Path
    log: Path
    process: subprocess.Popen[str]
    _addresses: Iterator[str] = field(default_factory=lambda: map("127.0.0.{}".format, count(2)))

    def client(self) -> httpx.Client:
        """A client from a loopback address of its own: limits per origin count it apart."""
        transport = httpx.HTTPTransport(local_address=next(self._addresses))
        return httpx.Client(base_url=self.origin, transport=transport, timeout=HANG_SECONDS)

    def state(self) -> dict[str, Any]:
        """What the console tells of servers, functions and queues."""
        shown: dict[str, Any] = httpx.get(
            f"{self.origin}/_local/state", timeout=HANG_SECONDS
        ).json()
        return shown

    def stop(self) -> int:
        """As Ctrl-C or SIGTERM does; gives the exit code."""
        self.process.terminate()
        return self.process.wait(HANG_SECONDS)


@contextmanager
def cloud(
    directory: Path,
    *,
    environment: Mapping[str, str] | None = None,
    project: Path = ROOT,
    log: str = "cloud.log",
) -> Iterator[RunningCloud]:
    """`python -m infra.local` with its data in that folder and on a free port, when it is ready.

    Raises:
        StartupError: it ended instead; the message is what it said.
    """
    directory.mkdir(parents=True, exist_ok=True)
    output = directory / log
    process = _started(directory, output, environment or {}, project)
    try:
        yield RunningCloud(_origin(process, output), directory, output, process)
    finally:
        process.terminate()
        try:
            process.wait(HANG_SECONDS)
        finally:
            process.kill()


def _started(
    directory: Path, log: Path, environment: Mapping[str, str], project: Path
) -> subprocess.Popen[str]:
    own = {"LOG": "json", "PORT": "0", "KITH_LOCAL_DIR": str(directory), "PYTHONPATH": PYTHONPATH}
    command = [sys.executable, "-m", "infra.local", str(project)]
    with log.open("w") as output:
        return subprocess.Popen(
            tied_to_this_process(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**bare_environment(), **own, **environment},
            text=True,
        )


def _origin(process: subprocess.Popen[str], log: Path) -> str:
    """Read off the ready line."""
    found = wait_until(lambda: READY.search(log.read_text()) or process.poll() is not None)
    if isinstance(found, re.Match):
        return str(found[1])
    raise StartupError(log.read_text().strip() or "the cloud printed nothing")
