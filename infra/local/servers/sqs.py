"""The stand-in for SQS as a program of the local cloud.

It keeps everything in memory: after each start the queues are made again, and messages that were
lost with it come back with the tick, from the outbox and the planner's slices.
"""

import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from infra.local.configuration import PYTHONPATH
from infra.local.servers import process
from infra.local.servers.process import LOOPBACK, Program


@dataclass(frozen=True)
class Sqs:
    directory: Path

    @cached_property
    def port(self) -> int:
        return process.remembered_port(self.directory / "port")

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def program(self) -> Program:
        self.directory.mkdir(parents=True, exist_ok=True)
        return Program(
            name="SQS's stand-in",
            command=[sys.executable, "-m", "infra.local.sqs", f"--port={self.port}"],
            environment={"PYTHONPATH": PYTHONPATH},
            log=self.directory / "server.log",
            ready=lambda: process.listens(self.port),
            address=f"{LOOPBACK}:{self.port}",
        )
