"""Saving a file is all that a developer does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from infra.local.lambdas.reload import watch
from tests.integration.local.conftest import Cloud, Serve
from tests.waiting import async_wait_until

pytestmark = pytest.mark.anyio


async def test_a_saved_function_is_served(serve: Serve) -> None:
    async with serve() as cloud, watched(cloud):
        await cloud.ask("/open")

        save(cloud.folder / "echo" / "app.py", "def handler(event, context): return 'new'")
        await async_wait_until(lambda: reloaded(cloud))

        assert (await cloud.ask("/open")).json() == "new"
        assert "reload: EchoFunction" in cloud.lines


async def test_a_syntax_error_is_shown_and_mending_it_is_enough(serve: Serve) -> None:
    async with serve() as cloud, watched(cloud):
        save(cloud.folder / "echo" / "app.py", "def handler(:")
        await async_wait_until(lambda: any("EchoFunction: worker" in line for line in cloud.lines))
        assert (await cloud.ask("/open")).status_code == 503
        assert any("Syntax error" in line and "EchoFunction" in line for line in cloud.lines)

        cloud.lines.clear()
        save(cloud.folder / "echo" / "app.py", "def handler(event, context): return 'mended'")
        await async_wait_until(lambda: reloaded(cloud))

        assert (await cloud.ask("/open")).json() == "mended"


async def test_a_saved_layer_concerns_every_function_that_has_it(serve: Serve) -> None:
    async with serve() as cloud, watched(cloud):
        await cloud.ask("/open")

        save(cloud.folder / "layer" / "shared.py", "x = 1")
        await async_wait_until(lambda: reloaded(cloud))

        assert "reload: AuthorizerFunction, EchoFunction, BrokenFunction" in cloud.lines


@contextlib.asynccontextmanager
async def watched(cloud: Cloud) -> AsyncIterator[None]:
    watching = asyncio.create_task(watch(cloud.stack, cloud.functions, say=cloud.lines.append))
    await asyncio.sleep(0)  # its first step makes the operating system watch
    try:
        yield
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


def save(path: Path, source: str) -> None:
    path.write_text(source)


def reloaded(cloud: Cloud) -> bool:
    return any(line.startswith("reload: ") for line in cloud.lines)
