"""The stand-in for Cloudinary as a program of the local cloud."""

import sys
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from infra.local.configuration import PYTHONPATH
from infra.local.servers import process
from infra.local.servers.process import LOOPBACK, Program

MODULE = "infra.local.cloudinary"
CLOUD, KEY = "kith-local", "local"


@dataclass(frozen=True)
class Cloudinary:
    directory: Path

    @staticmethod
    def is_there() -> bool:
        return find_spec(MODULE) is not None

    @cached_property
    def port(self) -> int:
        return process.remembered_port(self.directory / "port")

    @cached_property
    def secret(self) -> str:
        return process.remembered_secret(self.directory / "secret")

    @property
    def url(self) -> str:
        prefix = f"http://{LOOPBACK}:{self.port}"
        return f"cloudinary://{KEY}:{self.secret}@{CLOUD}?upload_prefix={prefix}"

    def program(self) -> Program:
        options = {
            "--port": str(self.port),
            "--directory": str(self.directory / "pictures"),
            "--cloud": CLOUD,
            "--key": KEY,
            "--secret": self.secret,
        }
        return Program(
            name="Cloudinary's stand-in",
            command=[
                sys.executable,
                "-m",
                MODULE,
                # One word each: a secret may begin with a dash.
                *(f"{name}={value}" for name, value in options.items()),
            ],
            environment={"PYTHONPATH": PYTHONPATH},
            log=self.directory / "server.log",
            ready=lambda: process.listens(self.port),
            address=f"{LOOPBACK}:{self.port}",
        )
