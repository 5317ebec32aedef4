"""moto's server, which is the local SES and Secrets Manager.

It keeps everything in memory: after each start the secret and the sender's identity are made again.
Queues are in a stand-in of their own (``infra.local.sqs``).
"""

from dataclasses import dataclass

from infra.local.servers.process import LOOPBACK, LoopbackServer, Program


@dataclass(frozen=True)
class Moto(LoopbackServer):
    def program(self) -> Program:
        port = str(self.port)
        return self.python_module("moto", "moto.server", "-H", LOOPBACK, "-p", port, environment={})
