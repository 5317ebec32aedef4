"""The services of docker-compose.yml: brought up, waited for, asked where they listen."""

import asyncio
import json
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

READY_WITHIN_S = 120


class NoDocker(Exception):
    """There is no Docker engine, or no compose; the message says which."""


def command() -> list[str]:
    """`docker compose`, or the older `docker-compose`.

    Raises:
        NoDocker: neither can be used here.
    """
    if not shutil.which("docker") or not _works(["docker", "info"]):
        raise NoDocker("no Docker engine answers ('docker info' fails)")
    for each in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(each[0]) and _works([*each, "version"]):
            return each
    raise NoDocker("Docker is there, but neither 'docker compose' nor 'docker-compose'")


def has_image(name: str) -> bool:
    """Whether an image need not be pulled."""
    return _works(["docker", "image", "inspect", name])


def _works(words: Sequence[str]) -> bool:
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


@dataclass(frozen=True)
class Compose:
    """The services under a project name of their own."""

    project: str

    @cached_property
    def _command(self) -> list[str]:
        return [*command(), "-p", self.project]

    async def up(self) -> None:
        """Start everything and wait until every health check passes."""
        await self._run("up", "-d")
        containers = (await self._run("ps", "-a", "-q")).split()
        give_up = time.monotonic() + READY_WITHIN_S
        while ill := await _unhealthy(containers):
            if time.monotonic() > give_up or any(each.is_over for each in ill):
                raise TimeoutError("\n".join(each.describe() for each in ill))
            await asyncio.sleep(0.5)

    async def address(self, service: str, port: int) -> str:
        """Where a port of a service is published on this machine, as `127.0.0.1:32768`."""
        return (await self._run("port", service, str(port))).strip()

    async def take_down(self) -> None:
        """Remove the services, after a failed start; their data stays."""
        await self._run("down", "-t", "5")

    async def stop(self) -> None:
        """Stop the services; their data stays."""
        await self._run("stop", "-t", "5")

    async def remove(self) -> None:
        """Remove the services and their data."""
        await self._run("down", "-v", "-t", "5")

    async def _run(self, *words: str) -> str:
        return await _output([*self._command, *words])


@dataclass(frozen=True)
class UnhealthyService:
    """A container that does not serve yet, and what it last had to say."""

    name: str
    state: str
    why: str

    @property
    def is_over(self) -> bool:
        """Whether waiting is no use."""
        return self.state in {"exited", "dead"}

    def describe(self) -> str:
        return f"{self.name} is {self.state}: {self.why or 'it says nothing'}"


async def _unhealthy(containers: Sequence[str]) -> list[UnhealthyService]:
    found = json.loads(await _output(["docker", "inspect", *containers]))
    return [
        UnhealthyService(each["Name"].lstrip("/"), state, await _last_words(each))
        for each in found
        if (state := _state(each["State"])) != "healthy"
    ]


def _state(state: Mapping[str, Any]) -> str:
    """The health where it runs, else how it ended."""
    return str(state["Health"]["Status"] if state["Status"] == "running" else state["Status"])


async def _last_words(container: Mapping[str, Any]) -> str:
    """What its last health check printed, or where it ended the last line of its log."""
    if container["State"]["Status"] == "running":
        checks = container["State"]["Health"].get("Log") or [{"Output": ""}]
        return str(checks[-1]["Output"]).strip()[-300:]
    log = await _output(["docker", "logs", "--tail", "1", container["Id"]], both=True)
    return log.strip()[-300:]


async def _output(words: Sequence[str], *, both: bool = False) -> str:
    process = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, complaint = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)}: {complaint.decode().strip()}")
    return (output + complaint if both else output).decode()
