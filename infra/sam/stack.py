"""Everything that `make sam` runs, in the order in which it starts."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from botocore.credentials import Credentials

from infra.local import signing_keys
from infra.local.clock import Clock
from infra.local.servers.aws import Aws
from infra.local.stack import loader
from infra.local.stack.model import REGION, Stack
from infra.local.triggers.scheduler import Scheduler
from infra.local.triggers.sqs_poller import Poller
from infra.sam.compose import Compose

ROOT = Path(__file__).parents[2]
LISTENS_WITHIN_S = 180
INVOKED_WITHIN_S = 120.0
SERVICES = ("sqs", "secretsmanager", "ses", "s3")


@dataclass(frozen=True)
class Options:
    port: int
    lambda_port: int
    project: str
    network: str
    directory: Path
    flags: tuple[str, ...]  # for both `sam local` commands, for example --skip-pull-image
    keep: bool


@dataclass(frozen=True)
class Sam:
    """The `sam` command with our environment around it."""

    options: Options
    environment: Path

    async def build(self) -> None:
        process = await self._start("build", "--config-env", "local")
        if await process.wait():
            raise RuntimeError("sam build failed; its words are above")

    @asynccontextmanager
    async def serving(self, command: str, port: int) -> AsyncIterator[None]:
        """`sam local start-api` or `start-lambda`, as soon as it listens."""
        process = await self._start(
            "local", command, "--config-env", "local", "--port", str(port),
            "--docker-network", self.options.network, "--env-vars", str(self.environment),
            "--warm-containers", "LAZY", *self.options.flags,
        )  # fmt: skip
        try:
            await _listens(port, process)
            yield
        finally:
            await _end(process)

    async def _start(self, *words: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            str(ROOT / ".tools/sam/bin/sam"),
            *words,
            cwd=ROOT,
            env=_environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=sys.stderr,
            start_new_session=True,
        )


class Functions:
    """The functions as `sam local start-lambda` invokes them."""

    def __init__(self, port: int) -> None:
        self._http = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=INVOKED_WITHIN_S
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def work(self, function: str, event: bytes) -> bytes | None:
        """For the pollers: what a function answers, `None` when it failed."""
        try:
            answer = await self._http.post(
                f"/2015-03-31/functions/{function}/invocations", content=event
            )
        except httpx.HTTPError:
            return None
        failed = answer.is_error or "errorMessage" in _mapping(answer)
        return None if failed else answer.content

    async def wake(self, function: str, event: bytes) -> None:
        """For the scheduler."""
        await self.work(function, event)


@asynccontextmanager
async def running(options: Options) -> AsyncIterator[str]:
    """The API's address, with everything behind it, for as long as the block lasts."""
    compose = Compose(options.project)
    made = signing_keys.load_or_create(options.directory / "keys.json")
    stack = loader.read(ROOT / "template.yaml", {"Stage": "local"}, {})
    sam = Sam(options, _written_environment(options, made))
    _say(f"starting PostgreSQL, Redis, moto and a stand-in for Cloudinary ({options.project})")
    try:
        await compose.up()
    except BaseException:
        await compose.take_down()
        raise
    functions = Functions(options.lambda_port)
    aws = _aws(f"http://{await compose.address('moto', 5000)}")
    try:
        await _create_aws_resources(aws, stack, made)
        _say("building the functions and their layers; this takes a minute")
        await sam.build()
        _say("migrating through MigrateFunction")
        async with sam.serving("start-lambda", options.lambda_port):
            await _migrate(functions)
            async with sam.serving("start-api", options.port), _beside(stack, aws, functions):
                yield f"http://127.0.0.1:{options.port}"
    finally:
        await functions.close()
        await aws.close()
        await (compose.stop() if options.keep else compose.remove())


def _say(what: str) -> None:
    print(f"make sam: {what} ...", flush=True)


def _aws(address: str) -> Aws:
    return Aws(dict.fromkeys(SERVICES, address), REGION, Credentials("local", "local"))


def _written_environment(options: Options, made: signing_keys.LocalKeys) -> Path:
    """infra/local/env.json with what only this machine knows."""
    values = json.loads((ROOT / "infra/local/env.json").read_text())
    values["Parameters"] |= {
        "KITH_PUBLIC_KEYS": made.public,
        "KITH_PUBLIC_BASE_URL": f"http://127.0.0.1:{options.port}",
    }
    options.directory.mkdir(parents=True, exist_ok=True)
    file = options.directory / "env.json"
    file.write_text(json.dumps(values, indent=2))
    return file


def _parameters() -> dict[str, str]:
    parameters: dict[str, str] = json.loads((ROOT / "infra/local/env.json").read_text())[
        "Parameters"
    ]
    return parameters


async def _create_aws_resources(aws: Aws, stack: Stack, made: signing_keys.LocalKeys) -> None:
    parameters = _parameters()
    await aws.make_queues(stack.queues.values())
    await aws.make_buckets(stack.buckets)
    await aws.keep_secret(parameters["KITH_SECRET_ID"], made.secret)
    sets = [parameters["KITH_MAIL_ACCOUNTS_SET"], parameters["KITH_MAIL_REMINDERS_SET"]]
    await aws.let_send(parameters["KITH_MAIL_FROM"], sets)


async def _migrate(functions: Functions) -> None:
    if await functions.work("MigrateFunction", b"{}") is None:
        raise RuntimeError("the migration failed; its words are above")


@asynccontextmanager
async def _beside(stack: Stack, aws: Aws, functions: Functions) -> AsyncIterator[None]:
    """What `sam local` leaves out: somebody who looks into the queues and at the clock."""
    pollers = [
        Poller(source, stack.queues[source.queue], aws, functions.work).run()
        for source in stack.sources
    ]
    scheduler = Scheduler(stack.schedules, Clock(Path("/nonexistent")), functions.wake).run()
    tasks = [asyncio.create_task(each) for each in (*pollers, scheduler)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _listens(port: int, process: asyncio.subprocess.Process) -> None:
    for _ in range(LISTENS_WITHIN_S * 4):
        if process.returncode is not None:
            raise RuntimeError("sam local ended; its words are above")
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.25)
    raise TimeoutError(f"nothing listens on port {port} after {LISTENS_WITHIN_S} s")


async def _end(process: asyncio.subprocess.Process) -> None:
    """As Ctrl-C would: SAM then removes its containers."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
    try:
        await asyncio.wait_for(process.wait(), 30)
    except TimeoutError:
        os.killpg(process.pid, signal.SIGKILL)


def _environment() -> dict[str, str]:
    """A shell variable of the same name would win over the template: functions get none of ours."""
    theirs = _parameters()
    passed = {
        name: text
        for name, text in os.environ.items()  # noqa: TID251 - handed on to a child
        if name not in theirs and not name.startswith("AWS_")
    }
    return passed | {
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "SAM_CLI_TELEMETRY": "0",
    }


def _mapping(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
