"""The whole of Kith in a folder of its own, started by the command that the README names."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

ROOT: Final = Path(__file__).parents[2]
READY_WITHIN_SECONDS: Final = 90
STOPPED_WITHIN_SECONDS: Final = 30


@dataclass
class Stack:
    """A running stack: where it answers, and what it said."""

    url: str
    directory: Path
    process: subprocess.Popen[str]
    output: Path
    _origins: Iterator[int] = field(default_factory=lambda: iter(range(2, 250)))

    def client(self) -> httpx.Client:
        """A client from a loopback address of its own: limits per origin count it apart."""
        transport = httpx.HTTPTransport(local_address=f"127.0.0.{next(self._origins)}")
        return httpx.Client(base_url=self.url, transport=transport, timeout=30)

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(self.url + "/_local/state", timeout=10).json()
        return found

    def said(self) -> str:
        return self.output.read_text("utf-8", "replace")


@contextmanager
def running(directory: Path, **environment: str) -> Iterator[Stack]:
    """Kith, ready; stopped by SIGTERM afterwards, which must leave nothing behind."""
    output = directory / "output.log"
    with output.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "infra.local"],
            cwd=ROOT,
            env={**_plain_environment(), "KITH_LOCAL_DIR": str(directory / "data"), **environment},
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        yield Stack(_ready(process, output), directory, process, output)
    finally:
        process.send_signal(signal.SIGTERM)
        status = process.wait(STOPPED_WITHIN_SECONDS)
    assert status == 0, output.read_text()


def _plain_environment() -> dict[str, str]:
    """This machine's, without what would point the stack at other services."""
    kept = {"PATH", "HOME", "LANG", "TMPDIR", "USER"}
    environment = {name: value for name, value in os.environ.items() if name in kept}  # noqa: TID251 - a child's
    return {**environment, "PORT": "0", "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/kith'}"}


def _ready(process: subprocess.Popen[str], output: Path) -> str:
    until = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < until:
        found = re.search(r"ready on (http://\S+)", output.read_text())
        if found:
            return found[1]
        assert process.poll() is None, output.read_text()
        time.sleep(0.1)
    process.kill()
    raise AssertionError(output.read_text())
