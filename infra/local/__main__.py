"""`python -m infra.local [FOLDER]`: serve Kith on this machine until a signal stops it.

FOLDER is another project than this one, with a `template.yaml` of its own.
"""

import asyncio
import contextlib
import fcntl
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from infra.local import configuration
from infra.local.cloud import Cloud
from infra.local.configuration import Configuration, StartupError
from infra.local.console.app import create_console
from infra.local.gateway.app import Gateway
from infra.local.gateway.http_server import listener_on, serving
from infra.local.gateway.uvicorn_protocol import server_options
from infra.local.output import Output
from infra.local.request_log import LoggedRequest
from infra.local.servers.process import LOOPBACK
from infra.local.stack.intrinsics import TemplateError

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FIRST_REQUEST = "/api/healthchecker"
FIRST_REQUEST_SECONDS = 60.0


def main(folder: str = "") -> int:
    try:
        settings = configuration.load(Path(folder).resolve() if folder else configuration.ROOT)
        with _alone_in(settings.directory):
            asyncio.run(_run_until_stopped(settings))
    except (StartupError, TemplateError) as error:
        print(f"Kith cannot start: {error}", file=sys.stderr)
        return 1
    return 0


async def _run_until_stopped(settings: Configuration) -> None:
    task = asyncio.create_task(_serve(settings))
    for number in STOPPING:
        asyncio.get_running_loop().add_signal_handler(number, _stop_once, task)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _stop_once(task: asyncio.Task[None]) -> None:
    """A second signal would break off the stopping: it is not heard."""
    if not task.cancelling():
        task.cancel()


async def _serve(settings: Configuration) -> None:
    with contextlib.closing(listener_on(settings.port)) as listener:
        origin = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        colour = settings.colour and sys.stdout.isatty()
        output = Output(sys.stdout, as_json=settings.log_json, colour=colour)
        cloud = Cloud(settings, origin, output)

        def log(request: LoggedRequest) -> None:
            cloud.requests.add(request)
            output.say_request(request)

        async with cloud.running():
            gateway = Gateway(
                cloud.stack, cloud.functions, create_console(cloud), say=output.say, log=log
            )
            async with serving(gateway, listener, **server_options()):
                await _request_first(origin, output)
                await asyncio.Event().wait()


async def _request_first(origin: str, output: Output) -> None:
    """Kith is ready when a request is answered, which takes a worker that has started."""
    try:
        async with httpx.AsyncClient(base_url=origin, timeout=FIRST_REQUEST_SECONDS) as client:
            (await client.get(FIRST_REQUEST)).raise_for_status()
    except httpx.HTTPError as error:
        output.say(f"the first request failed: {error}")
    places = f"docs: {origin}/docs, mail: {origin}/_local/mail"
    output.say_ready(f"Kith is ready on {origin}  ({places})")


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """One run per directory; the kernel lets go of the lock however we end."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = (directory / "lock").open("w")
    except OSError as error:
        raise StartupError(f"{directory} cannot be used: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StartupError(
                f"{directory} is in use by another run; choose another one with KITH_LOCAL_DIR=…"
            ) from error
        yield


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
