"""A stack of its own through `sam local` and docker compose, for as long as the tests last."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from infra.sam.compose import NoDocker, command, has_image

ROOT = Path(__file__).parents[2]
PROJECT = "kith-test-sam"
IMAGE = "public.ecr.aws/lambda/python:3.13-x86_64"
ENDS_WITHIN_S = 120


@dataclass(frozen=True)
class Served:
    address: str
    aws: str

    def bodies(self, recipient: str) -> list[str]:
        """The letters that moto's SES took for somebody."""
        answer = httpx.get(f"{self.aws}/moto-api/data.json", timeout=10).json()
        letters = answer["ses"].get("Message", [])
        return [letter["body"] for letter in letters if recipient in str(letter["destinations"])]


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    try:
        compose = command()
    except NoDocker as why:
        pytest.skip(f"sam local needs Docker: {why}")
    folder = tmp_path_factory.mktemp("sam")
    port, lambda_port = free_port(), free_port()
    services = ("POSTGRES", "REDIS", "AWS", "CLOUDINARY")
    ours = {f"KITH_COMPOSE_{name}": "0" for name in services} | {"KITH_COMPOSE_NETWORK": PROJECT}
    environment = os.environ | ours  # noqa: TID251 - handed on to a child
    words = ["-m", "infra.sam", "--port", port, "--lambda-port", lambda_port]
    words += ["--project", PROJECT, "--network", PROJECT, "--directory", folder, "--remove"]
    words += pulling()
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, *map(str, words)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            assert process.stdout is not None
            ready = process.stdout.readline()
            assert "Kith is ready" in ready, (folder / "log").read_text()[-3000:]
            where = [*compose, "-p", PROJECT, "port", "moto", "5000"]
            moto = subprocess.check_output(where, cwd=ROOT, env=environment, text=True)
            yield Served(f"http://127.0.0.1:{port}", f"http://{moto.strip()}")
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=ENDS_WITHIN_S)


def pulling() -> list[str]:
    """An image that is here is not asked for at its registry."""
    return ["--skip-pull-image"] if has_image(IMAGE) else []


def free_port() -> int:
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        port: int = any_port.getsockname()[1]
        return port
