"""A Valkey as serverless ElastiCache is: the cluster protocol, and TLS only.

The Valkey of the wheel is built without TLS, so that it is ended before it. One node has all slots,
which is enough for what bites: ``CROSSSLOT``, scripts by digest, and the addresses that the cluster
gives of itself.
"""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from redis import Redis

from infra.local.servers import process
from infra.local.servers.valkey import Valkey
from tests.certificates import tls_before
from tests.forgetful_proxy import ForgetfulProxy, forgetful_proxy
from tests.waiting import wait_until

HOST: Final = "127.0.0.1"


@dataclass(frozen=True)
class ClusterValkey(Valkey):
    """One node, which tells its clients to come to ``front``, a port."""

    front: int = 0

    def _configuration(self) -> str:
        return super()._configuration() + (
            "cluster-enabled yes\n"
            f"cluster-announce-ip {HOST}\n"
            f"cluster-announce-port {self.front}\n"
            f"cluster-port {process.free_port()}\n"
        )


@contextmanager
def cluster_with_tls(
    directory: Path, context: ssl.SSLContext
) -> Iterator[tuple[str, ForgetfulProxy]]:
    """The URL of one, as the template writes it, and the network before it."""
    listener = socket.create_server(("127.0.0.1", 0))
    with forgetful_proxy(listener.getsockname()[1]) as network:
        server = ClusterValkey(directory, durable=False, front=network.port)
        with process.running(server.program()), tls_before(listener, server.port, context):
            with Redis.from_url(server.url) as node:
                node.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
                wait_until(lambda: _is_ready(node))
            yield f"rediss://:{server.password}@{HOST}:{network.port}?cluster=true", network


def _is_ready(node: Redis) -> bool:
    told = node.execute_command("CLUSTER INFO")  # type: ignore[no-untyped-call]
    return bool(told["cluster_state"] == "ok")
