"""What the local gateway costs: `python -m tests.benchmarks.gateway [clients] [requests]`.

The same answer of 2 kB three ways, in turns on one machine: from a bare ASGI application under
uvicorn (no gateway at all), from a function over a public route (one hop to a worker), and over a
protected route (authorizer and function, two hops). The ratios are what holds; absolute times drift
with the machine.
"""

import asyncio
import contextlib
import json
import resource
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from infra.local.asgi import ASGIApp, Receive, Scope, Send, answer
from infra.local.gateway.app import Gateway
from infra.local.gateway.uvicorn_protocol import server_options
from infra.local.lambdas.functions import Functions
from infra.local.stack.loader import read

ROUNDS = 3
BODY = json.dumps({"text": "y" * 2000})
SOURCES = {
    "authorizer": 'def handler(event, context):\n    return {"isAuthorized": True}\n',
    "answers": f"""
BODY = {BODY!r}
def handler(event, context):
    return {{"statusCode": 200, "headers": {{"content-type": "application/json"}}, "body": BODY}}
""",
}
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Handler: app.handler, Timeout: 5}}
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: Guard
        Authorizers:
          Guard:
            FunctionArn: !GetAtt AuthorizerFunction.Arn
            AuthorizerPayloadFormatVersion: '2.0'
            EnableSimpleResponses: true
  AuthorizerFunction:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: authorizer}
  AnswersFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: answers
      Events:
        Open: {Type: HttpApi, Properties: {Method: GET, Path: /open, Auth: {Authorizer: NONE}}}
        Closed: {Type: HttpApi, Properties: {Method: GET, Path: /closed}}
"""


@dataclass(frozen=True)
class Target:
    """What is asked, and where."""

    name: str
    port: int
    path: str


async def bare(_scope: Scope, _receive: Receive, send: Send) -> None:
    await answer(send, 200, [(b"content-type", b"application/json")], BODY.encode())


@contextlib.asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, **server_options()))
        task = asyncio.create_task(server._serve([listener]))
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await task


@contextlib.asynccontextmanager
async def gateway(folder: Path) -> AsyncIterator[int]:
    (folder / "template.yaml").write_text(TEMPLATE)
    for name, source in SOURCES.items():
        (folder / name).mkdir()
        (folder / name / "app.py").write_text(source)
    stack = read(folder / "template.yaml", {}, {})
    functions = Functions(stack, {}, {"AWS_REGION": "us-east-1"}, say=_silence)
    await functions.start()
    functions.warm()
    try:
        async with serving(Gateway(stack, functions, None, say=_silence)) as port:
            yield port
    finally:
        await functions.stop()


def _silence(_line: str) -> None:
    """A terminal is no part of what is measured."""


async def measure(target: Target, clients: int, requests: int) -> None:
    """One round of load from a process of its own, and what it cost this one."""
    before = _cpu_seconds()
    command = [sys.executable, "-m", __spec__.name, "load", str(target.port), target.path]
    process = await asyncio.create_subprocess_exec(
        *command, str(clients), str(requests), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    found = json.loads(output)
    cpu = (_cpu_seconds() - before) / requests * 1e6
    sys.stdout.write(
        f"{target.name:24} {found['rate']:7.0f}/s  p50 {found['p50']:6.2f} ms  "
        f"p95 {found['p95']:6.2f} ms  {cpu:5.0f} µs of the gateway's CPU\n"
    )


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def serve_and_measure(clients: int, requests: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with serving(bare) as plain, gateway(Path(folder)) as port:
            targets = [
                Target("bare ASGI application", plain, "/"),
                Target("one hop: function", port, "/open"),
                Target("two hops: and authorizer", port, "/closed"),
            ]
            for _ in range(ROUNDS):
                for target in targets:
                    await measure(target, clients, requests)


async def load(port: int, path: str, clients: int, requests: int) -> None:
    """So many requests by so many clients, each on one connection; tells what they saw."""
    took: list[float] = []
    await asyncio.gather(*(_client(port, path, 20, []) for _ in range(clients)))
    began = time.perf_counter()
    await asyncio.gather(*(_client(port, path, requests // clients, took) for _ in range(clients)))
    rate = len(took) / (time.perf_counter() - began)
    took.sort()
    p50, p95 = (took[int(len(took) * share)] * 1000 for share in (0.5, 0.95))
    sys.stdout.write(json.dumps({"rate": rate, "p50": p50, "p95": p95}))


async def _client(port: int, path: str, requests: int, took: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\n\r\n".encode()
    for _ in range(requests):
        began = time.perf_counter()
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        took.append(time.perf_counter() - began)
        if not head.startswith(b"http/1.1 200"):
            raise AssertionError(head)
    writer.close()


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["load"]:
        port, path, clients, requests = arguments[1:]
        asyncio.run(load(int(port), path, int(clients), int(requests)))
    else:
        at_once, in_all = arguments or ["8", "2000"]
        asyncio.run(serve_and_measure(int(at_once), int(in_all)))


if __name__ == "__main__":
    main(sys.argv[1:])
