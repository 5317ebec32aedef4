"""The services of docker-compose.yml: brought up, waited for, asked where they listen."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

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
        containers = (await self._run("ps", "-q")).split()
        give_up = time.monotonic() + READY_WITHIN_S
        while not await _healthy(containers):
            if time.monotonic() > give_up:
                raise TimeoutError(f"docker compose is not healthy after {READY_WITHIN_S} s")
            await asyncio.sleep(0.5)

    async def address(self, service: str, port: int) -> str:
        """Where a port of a service is published on this machine, as `127.0.0.1:32768`."""
        return (await self._run("port", service, str(port))).strip()

    async def stop(self) -> None:
        """Stop the services; their data stays."""
        await self._run("stop", "-t", "5")

    async def remove(self) -> None:
        """Remove the services and their data."""
        await self._run("down", "-v", "-t", "5")

    async def _run(self, *words: str) -> str:
        return await _output([*self._command, *words])


async def _healthy(containers: Sequence[str]) -> bool:
    states = await _output(
        ["docker", "inspect", "--format", "{{.State.Health.Status}}", *containers]
    )
    return set(states.split()) == {"healthy"}


async def _output(words: Sequence[str]) -> str:
    process = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, complaint = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)}: {complaint.decode().strip()}")
    return output.decode()
