"""The local cloud as a whole: what it is made of, in which order it starts, and how it ends."""

import asyncio
import contextlib
import json
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Protocol

import httpx
from botocore.credentials import Credentials

from infra.local import signing_keys
from infra.local.clock import Clock
from infra.local.configuration import Configuration, StartupError
from infra.local.gateway.http_server import listener_on, serving
from infra.local.lambdas.functions import Functions, Invoked, PayloadTooLarge, Throttled
from infra.local.lambdas.reload import watch
from infra.local.mail import ses_recorder
from infra.local.mail.mailbox import Mailbox
from infra.local.output import Output
from infra.local.request_log import RequestLog
from infra.local.servers import external
from infra.local.servers.aws import Aws, AwsError
from infra.local.servers.cloudinary import Cloudinary
from infra.local.servers.moto import Moto
from infra.local.servers.postgres import Postgres
from infra.local.servers.process import Program, remembered_port
from infra.local.servers.sqs import Sqs
from infra.local.servers.supervisor import Child, nothing
from infra.local.servers.valkey import Valkey
from infra.local.stack import loader
from infra.local.stack.model import REGION, Function, Queue, Stack
from infra.local.triggers.scheduler import Scheduler
from infra.local.triggers.sqs_poller import Poller

SECRET_ID = "kith/local"  # noqa: S105 - the name of the secret, not the secret
MAIL_FROM = "Kith <kith@example.com>"
CONFIGURATION_SETS = {
    "KITH_MAIL_ACCOUNTS_SET": "accounts",
    "KITH_MAIL_REMINDERS_SET": ses_recorder.REMINDERS_SET,
}
MIGRATE = "MigrateFunction"
# The deployed default of 50 a second protects a small database; here it would only throttle tests.
PARAMETERS = {"Stage": "local", "ThrottleRate": "1000", "ThrottleBurst": "2000"}
AGAIN_AFTER_S, LOOK_WITHIN_S = 1.0, 2.0


class _Service(Protocol):
    """A server that can be started here."""

    @property
    def url(self) -> str: ...
    def program(self) -> Program: ...


class Cloud:
    """Everything that runs; the console shows it."""

    def __init__(self, configuration: Configuration, origin: str, output: Output) -> None:
        directory = configuration.directory
        self.configuration = configuration
        self.origin = origin
        self.children: dict[str, Child] = {}
        self.clock = Clock(directory / "clock.json")
        self.mailbox = Mailbox(directory / "mail.sqlite")
        self.keys = signing_keys.load_or_create(directory / "keys.json")
        self.requests = RequestLog()
        self._output, self._say = output, output.say
        self._postgres = Postgres(directory / "postgres")
        self._valkey = Valkey(directory / "valkey")
        self._moto = Moto(directory / "moto")
        self._sqs = Sqs(directory / "sqs")
        self._cloudinary = Cloudinary(directory / "cloudinary")
        self._recorder_port = remembered_port(directory / "ses.port")
        self.aws = Aws(self._endpoints(), REGION, self._credentials())
        self.recorder = ses_recorder.Recorder(self.mailbox, self.clock, self._real_ses)
        self.stack = self._read_template()
        self.functions = Functions(
            self.stack,
            self._environment(),
            self._extra(),
            say=output.say,
            log=self._log,
            discarded=self._keep_discarded,
        )

    # ------------------------------------------------------------------- what is where

    def _endpoints(self) -> dict[str, str]:
        configuration = self.configuration
        ours = dict.fromkeys(("secretsmanager", "ses", "s3"), self._moto.url)
        ours["sqs"] = self._sqs.url
        return {service: configuration.endpoint(service) or url for service, url in ours.items()}

    def _credentials(self) -> Credentials:
        aws = self.configuration.aws
        return Credentials(
            aws.get("AWS_ACCESS_KEY_ID", "local"),
            aws.get("AWS_SECRET_ACCESS_KEY", "local"),
            aws.get("AWS_SESSION_TOKEN"),
        )

    def _read_template(self) -> Stack:
        """Twice: the addresses of the queues follow from names that the template gives."""
        file = self.configuration.root / "template.yaml"
        queues = loader.read(file, PARAMETERS, {}).queues
        urls = {name: self.aws.queue_url(queue) for name, queue in queues.items()}
        return loader.read(file, PARAMETERS, urls)

    @property
    def database_url(self) -> str:
        return self.configuration.database_url or self._postgres.url

    def _environment(self) -> dict[str, str]:
        """Our own values for the names that the template gives to functions."""
        configuration = self.configuration
        return {
            "KITH_PUBLIC_BASE_URL": self.origin,
            "KITH_SECRET_ID": SECRET_ID,
            "KITH_PUBLIC_KEYS": self.keys.public,
            "KITH_MAIL_FROM": MAIL_FROM,
            **CONFIGURATION_SETS,
            "KITH_REMINDERS_PER_SECOND": "1000",  # no SES throttles here
            **configuration.kith,
            "KITH_STAGE": "local",
            "DATABASE_URL": self.database_url,
            "REDIS_URL": configuration.redis_url or self._valkey.url,
            "CLOUDINARY_URL": configuration.cloudinary_url or self._cloudinary_url(),
        }

    def _extra(self) -> dict[str, str]:
        """What every function is given besides: where AWS is, who it is, and what time it is.

        The limits among the settings are given too: the template names only what must differ.
        """
        credentials = self._credentials()
        extra = {
            **self.configuration.kith,
            "KITH_CLOCK_FILE": str(self.clock.file),
            "AWS_ENDPOINT_URL_SQS": self._endpoints()["sqs"],
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": self._endpoints()["secretsmanager"],
            "AWS_ENDPOINT_URL_S3": self._endpoints()["s3"],
            "AWS_ENDPOINT_URL_SES": f"http://127.0.0.1:{self._recorder_port}",
            "AWS_ENDPOINT_URL_SESV2": f"http://127.0.0.1:{self._recorder_port}",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",  # as the template's LogFormat has it
            "AWS_SAM_LOCAL": "true",  # by which libraries know that this Lambda is a laptop
        }
        return extra | ({"AWS_SESSION_TOKEN": credentials.token} if credentials.token else {})

    def _cloudinary_url(self) -> str:
        return self._cloudinary.url if self._cloudinary.is_there() else ""

    # ------------------------------------------------------------------- starting

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything behind the gateway, serving, for as long as the block lasts."""
        async with AsyncExitStack() as ending:
            ending.callback(self.mailbox.close)
            ending.push_async_callback(self.aws.close)
            ending.push_async_callback(self.recorder.close)
            ending.push_async_callback(self._stop_children)
            await self._check_given()
            await ending.enter_async_context(self._recording())
            ending.push_async_callback(self.functions.stop)
            await _together(self._start_services(), self.functions.start())
            await self._migrate()
            self.functions.warm()
            ending.push_async_callback(_ended, self._start_tasks())
            yield

    async def _check_given(self) -> None:
        """Before anything is started, so that a wrong address costs a moment."""
        configuration = self.configuration
        if configuration.cloudinary_url:
            external.check_cloudinary(configuration.cloudinary_url)
        if configuration.redis_url:
            await asyncio.to_thread(external.check_cache, configuration.redis_url)
        if configuration.database_url:
            await asyncio.to_thread(external.check_database, configuration.database_url)

    async def _start_services(self) -> None:
        configuration = self.configuration
        await _together(
            self._start("postgres", self._postgres, configuration.database_url),
            self._start("valkey", self._valkey, configuration.redis_url),
            self._start_aws(),
            self._start_sqs(),
            self._start_cloudinary(),
        )

    async def _start(self, name: str, service: _Service, instead: str | None) -> None:
        if not instead:
            await self._bring_up(name, await asyncio.to_thread(service.program))

    async def _start_aws(self) -> None:
        if self._moto.url in self._endpoints().values():
            await self._bring_up("aws", self._moto.program(), self._create_aws_resources)
        else:
            await self._create_aws_resources()

    async def _start_sqs(self) -> None:
        if self._endpoints()["sqs"] == self._sqs.url:
            await self._bring_up("sqs", self._sqs.program(), self._make_queues)
        else:
            await self._make_queues()

    async def _start_cloudinary(self) -> None:
        if self._cloudinary.is_there() and not self.configuration.cloudinary_url:
            await self._bring_up("cloudinary", self._cloudinary.program())

    async def _bring_up(
        self, name: str, program: Program, on_ready: Callable[[], Awaitable[None]] = nothing
    ) -> None:
        self.children[name] = Child(program, on_ready=on_ready, say=self._say)
        await self.children[name].start()

    async def _create_aws_resources(self) -> None:
        """What must be there before anybody asks. moto forgets it with each death."""
        environment = self._environment()
        sets = [environment[name] for name in CONFIGURATION_SETS if environment[name]]
        try:
            await self.aws.keep_secret(environment["KITH_SECRET_ID"], self.keys.secret)
            await self.aws.let_send(environment["KITH_MAIL_FROM"], sets)
            await self.aws.make_buckets(self.stack.buckets)
        except (httpx.HTTPError, AwsError) as error:
            whose = "moto" if "aws" in self.children else "AWS_ENDPOINT_URL"
            raise StartupError(f"{whose} cannot be used: {error}") from error

    async def _make_queues(self) -> None:
        """Our stand-in forgets them with each death."""
        try:
            await self.aws.make_queues(self.stack.queues.values())
        except (httpx.HTTPError, AwsError) as error:
            whose = "the stand-in for SQS" if "sqs" in self.children else "AWS_ENDPOINT_URL_SQS"
            raise StartupError(f"{whose} cannot be used: {error}") from error

    async def _migrate(self) -> None:
        invoked = await self.functions.invoke(MIGRATE, b"{}")
        if invoked.error:
            message = json.loads(invoked.payload).get("errorMessage", invoked.error)
            reason = " ".join(str(message).split())
            raise StartupError(f"the database cannot be brought up to date: {reason}")

    def _start_tasks(self) -> list[asyncio.Task[None]]:
        pollers = [
            Poller(source, self.stack.queues[source.queue], self.aws, self._work)
            for source in self.stack.sources
            if source.enabled
        ]
        scheduler = Scheduler(self.stack.schedules, self.clock, self._wake)
        runs = [*(poller.run for poller in pollers), scheduler.run, self._watch]
        return [asyncio.create_task(self._keep_running(run)) for run in runs]

    async def _keep_running(self, run: Callable[[], Awaitable[None]]) -> None:
        """What goes on behind the gateway must not end unseen."""
        while True:
            try:
                return await run()
            except Exception:  # noqa: BLE001 - whatever it was, the work goes on
                self._say(traceback.format_exc())
                await asyncio.sleep(AGAIN_AFTER_S)

    async def _watch(self) -> None:
        await watch(self.stack, self.functions, say=self._say)

    @asynccontextmanager
    async def _recording(self) -> AsyncIterator[None]:
        listener = listener_on(self._recorder_port)
        async with serving(self.recorder, listener, http=ses_recorder.Protocol, access_log=False):
            yield

    async def _stop_children(self) -> None:
        await asyncio.gather(*(child.stop() for child in self.children.values()))

    # ------------------------------------------------------------------- at work

    async def _real_ses(self) -> str:
        if "aws" in self.children:
            await self.children["aws"].serving()
        return self._endpoints()["ses"]

    async def _work(self, function: str, event: bytes) -> bytes | None:
        """For the pollers: the answer of a function, `None` when it failed."""
        while True:
            try:
                invoked = await self.functions.invoke(function, event)
            except Throttled:
                await asyncio.sleep(AGAIN_AFTER_S)
            except PayloadTooLarge:
                return None
            else:
                return None if invoked.error else invoked.payload

    async def _wake(self, function: str, event: bytes) -> None:
        """For the scheduler, which does not wait for what comes of it."""
        await self.functions.invoke(function, event, kind="Event")

    async def _keep_discarded(self, function: Function, event: bytes, invoked: Invoked) -> None:
        """An asynchronous event that failed for good, as Lambda tells its destination of it."""
        if function.on_failure is None:
            return
        url = self.aws.queue_url(self.stack.queues[function.on_failure])
        with contextlib.suppress(httpx.HTTPError, AwsError):
            await self.aws.sqs(
                "SendMessage", QueueUrl=url, MessageBody=_undone(function, event, invoked)
            )

    # ------------------------------------------------------------------- shown

    def _log(self, function: str, line: str) -> None:
        self.requests.add_line(line)
        self._output.say_logged(function, line)

    async def state(self) -> dict[str, Any]:
        """What `/_local/state` tells."""
        names = ("postgres", "valkey", "aws", "sqs", "cloudinary")
        queues = self.stack.queues.values()
        depths = await asyncio.gather(*map(self._depth, queues))
        return {
            "origin": self.origin,
            "directory": str(self.configuration.directory),
            **{name: self._state_of(name) for name in names},
            "functions": self.functions.state(),
            "queues": {queue.name: depth for queue, depth in zip(queues, depths, strict=True)},
            "schedules": [
                {"function": each.function, "expression": each.expression, "enabled": each.enabled}
                for each in self.stack.schedules
            ],
            "letters": self.mailbox.count(),
        }

    def _state_of(self, name: str) -> dict[str, object]:
        if name in self.children:
            return self.children[name].state()
        configuration = self.configuration
        urls = {"postgres": configuration.database_url, "valkey": configuration.redis_url}
        url = urls.get(name) or (
            configuration.cloudinary_url if name == "cloudinary" else configuration.endpoint("sqs")
        )
        return {
            "pid": None,
            "address": external.address(url or ""),
            "state": "given" if url else "absent",
        }

    async def _depth(self, queue: Queue) -> dict[str, Any]:
        try:
            async with asyncio.timeout(LOOK_WITHIN_S):
                return await self.aws.depth(queue)
        except (httpx.HTTPError, AwsError, TimeoutError):
            return {"waiting": None, "in_flight": None, "delayed": None}


async def _together(*parts: Awaitable[None]) -> None:
    """All at once; the first that fails ends the others and is what is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            for part in parts:
                group.create_task(_awaited(part))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _awaited(part: Awaitable[None]) -> None:
    await part


async def _ended(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _undone(function: Function, event: bytes, invoked: Invoked) -> str:
    return json.dumps(
        {
            "requestContext": {"functionArn": function.arn, "condition": "RetriesExhausted"},
            "requestPayload": json.loads(event),
            "responsePayload": json.loads(invoked.payload or b"null"),
        }
    )
