"""Clients that are slow, silent or garbled."""

import asyncio

import pytest

from infra.local.gateway import app, uvicorn_protocol
from infra.local.stack.model import Throttle
from tests.integration.local.conftest import TEMPLATE, Serve

pytestmark = pytest.mark.anyio


async def test_a_client_that_says_nothing_is_hung_up_on(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uvicorn_protocol, "HEAD_SECONDS", 0.2)
    async with serve() as cloud:
        assert await cloud.say_raw(b"") == b""


async def test_a_client_that_never_ends_its_headers_is_hung_up_on(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uvicorn_protocol, "HEAD_SECONDS", 0.2)
    async with serve() as cloud:
        assert await cloud.say_raw(b"GET /open HTTP/1.1\r\nHost: x\r\n") == b""


async def test_the_second_request_of_a_connection_must_be_said_in_time_too(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uvicorn_protocol, "HEAD_SECONDS", 0.2)
    async with serve() as cloud:
        reader, writer = await asyncio.open_connection("127.0.0.1", cloud.port)
        writer.write(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b'Not Found"}')
        await asyncio.sleep(0.4)  # between two requests a client may be silent for longer

        writer.write(b"GET /nowhere HTTP/1.1\r\nHos")

        assert await reader.read() == b""
        writer.close()


async def test_a_slow_function_is_not_hung_up_on(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uvicorn_protocol, "HEAD_SECONDS", 0.2)
    async with serve() as cloud:
        assert (await cloud.ask("/open?do=sleep&seconds=0.6")).status_code == 200


async def test_a_body_that_never_ends_is_given_up(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "BODY_SECONDS", 0.2)
    async with serve() as cloud:
        answered = await cloud.say_raw(
            b"POST /open HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf"
        )

        assert answered.startswith(b"HTTP/1.1 408 ")


async def test_headers_without_end_are_cut_off(serve: Serve) -> None:
    async with serve() as cloud:
        answered = await cloud.say_raw(b"GET /open HTTP/1.1\r\nX: " + b"x" * 70_000)

        assert answered.startswith(b"HTTP/1.1 400 ")


async def test_the_stages_throttle_holds(serve: Serve) -> None:
    template = TEMPLATE.replace(
        "      Auth:\n        DefaultAuthorizer",
        "      DefaultRouteSettings: {ThrottlingRateLimit: 0.001, ThrottlingBurstLimit: 3}\n"
        "      Auth:\n        DefaultAuthorizer",
    )
    async with serve(template=template) as cloud:
        assert cloud.stack.api.throttle == Throttle(0.001, 3)

        answers = [await cloud.ask("/open") for _ in range(5)]

        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert answers[-1].json() == {"message": "Too Many Requests"}
        assert answers[-1].headers["retry-after"] == "1"
