"""The stand-in for Cloudinary as a program of the local cloud."""

from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec

from infra.local.configuration import PYTHONPATH
from infra.local.servers import process
from infra.local.servers.process import LoopbackServer, Program

MODULE = "infra.local.cloudinary"
CLOUD, KEY = "kith-local", "local"


@dataclass(frozen=True)
class Cloudinary(LoopbackServer):
    @staticmethod
    def is_there() -> bool:
        return find_spec(MODULE) is not None

    @cached_property
    def secret(self) -> str:
        return process.remembered_secret(self.directory / "secret")

    @property
    def url(self) -> str:
        return f"cloudinary://{KEY}:{self.secret}@{CLOUD}?upload_prefix=http://{self.address}"

    def program(self) -> Program:
        options = {
            "--port": str(self.port),
            "--directory": str(self.directory / "pictures"),
            "--cloud": CLOUD,
            "--key": KEY,
            "--secret": self.secret,
        }
        # One word each: a secret may begin with a dash.
        arguments = [f"{name}={value}" for name, value in options.items()]
        return self.python_module(
            "Cloudinary's stand-in", MODULE, *arguments, environment={"PYTHONPATH": PYTHONPATH}
        )
