"""The stand-in for SQS as a program of the local cloud.

It keeps everything in memory: after each start the queues are made again, and messages that were
lost with it come back with the tick, from the outbox and the planner's slices.
"""

from dataclasses import dataclass

from infra.local.configuration import PYTHONPATH
from infra.local.servers.process import LoopbackServer, Program


@dataclass(frozen=True)
class Sqs(LoopbackServer):
    def program(self) -> Program:
        return self.python_module(
            "SQS's stand-in",
            "infra.local.sqs",
            f"--port={self.port}",
            environment={"PYTHONPATH": PYTHONPATH},
        )
