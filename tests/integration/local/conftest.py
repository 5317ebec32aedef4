"""A small stack of functions that do one thing each, behind a real gateway on a free port."""

import asyncio
import contextlib
import socket
import textwrap
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from infra.local.gateway.app import Gateway
from infra.local.gateway.uvicorn_protocol import server_options
from infra.local.lambdas.functions import Functions
from infra.local.lambdas.pool import Bounds
from infra.local.stack.loader import read
from infra.local.stack.model import Stack
from tests.waiting import HANG_SECONDS, async_wait_until

AUTHORIZER = """
    def handler(event, context):
        token, = event["identitySource"]
        if token == "crash":
            raise RuntimeError("no key")
        return {"isAuthorized": token.startswith("good"), "context": {"user_id": token, "n": 1}}
"""

ECHO = """
    import json, os, pathlib, time

    def handler(event, context):
        do = (event.get("queryStringParameters") or {}).get("do") or event.get("do", "")
        if do == "sleep":
            time.sleep(float((event.get("queryStringParameters") or event)["seconds"]))
        if do == "hold":
            pathlib.Path(f"../held-{context.aws_request_id}").touch()
            while not os.path.exists("../released"):
                time.sleep(0.01)
        if do == "alone":
            os.mkdir("../occupied")
            time.sleep(0.05)
            os.rmdir("../occupied")
        if do == "raise":
            raise ValueError("not today")
        if do == "exit":
            os._exit(3)
        if do == "big":
            return "x" * 7_000_000
        if do == "print":
            print("a word from the function")
        if do == "empty":
            return {"statusCode": 204, "body": "ignored"}
        if do == "malformed":
            return {"statusCode": 200, "headers": {"x": "a\\r\\nb: c"}}
        if do == "bytes":
            return {"statusCode": 200, "body": "AAEC/w==", "isBase64Encoded": True,
                    "headers": {"content-type": "image/png"}, "cookies": ["a=1", "b=2"]}
        if do == "cors":
            return {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "https://evil"}}
        facts = {"pid": os.getpid(), "event": event, "cwd": os.getcwd(),
                 "environment": dict(os.environ), "request_id": context.aws_request_id,
                 "remaining": context.get_remaining_time_in_millis(),
                 "arn": context.invoked_function_arn}
        return {"statusCode": 200, "headers": {"Content-Type": "application/json"},
                "body": json.dumps(facts)}
"""

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Handler: app.handler
    Runtime: python3.13
    Timeout: 300
    Layers: [!Ref SharedLayer]
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
            Identity: {Headers: [Authorization], ReauthorizeEvery: 0}
      CorsConfiguration:
        AllowOrigins: [https://app.example]
        AllowMethods: [GET, POST]
        AllowHeaders: [authorization]
        ExposeHeaders: [etag]
        MaxAge: 600
  SharedLayer:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layer}
  AuthorizerFunction:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: authorizer}
  EchoFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: echo
      Environment: {Variables: {GREETING: hello, DATABASE_URL: nowhere}}
      Events:
        Open: {Type: HttpApi, Properties: {Method: GET, Path: /open, Auth: {Authorizer: NONE}}}
        Post: {Type: HttpApi, Properties: {Method: POST, Path: /open, Auth: {Authorizer: NONE}}}
        Link:
          Type: HttpApi
          Properties: {Method: GET, Path: '/links/{token}', Auth: {Authorizer: NONE}}
        Item: {Type: HttpApi, Properties: {Method: GET, Path: '/items/{item_id}'}}
        Special: {Type: HttpApi, Properties: {Method: GET, Path: /items/special}}
  BrokenFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: broken
      Events:
        Broken: {Type: HttpApi, Properties: {Method: GET, Path: /broken, Auth: {Authorizer: NONE}}}
"""


@dataclass
class Cloud:
    """A gateway that serves, and what it said."""

    stack: Stack
    functions: Functions
    client: httpx.AsyncClient
    port: int
    folder: Path
    lines: list[str] = field(default_factory=list)

    async def ask(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers=headers)

    async def say_raw(self, text: bytes) -> bytes:
        """Whatever comes back for these bytes on a connection of their own."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(text)
        try:
            async with asyncio.timeout(HANG_SECONDS):
                return await reader.read()
        finally:
            writer.close()

    def pids(self, name: str = "EchoFunction") -> list[int]:
        return [worker["pid"] for worker in self.functions.state()[name]["workers"]]

    def served(self, name: str) -> int:
        return sum(worker["served"] for worker in self.functions.state()[name]["workers"])

    def held(self) -> int:
        """How many requests with `do=hold` a worker has read since the start."""
        return len(list(self.folder.glob("held-*")))

    def release(self) -> None:
        """Let every request with `do=hold` end, those that come later too."""
        (self.folder / "released").touch()

    async def hold(self, count: int = 1) -> list[asyncio.Task[httpx.Response]]:
        """So many requests that end only after `release`, each in the hands of a worker."""
        before = self.held()
        asked = [asyncio.create_task(self.ask("/open?do=hold")) for _ in range(count)]
        await async_wait_until(lambda: self.held() == before + count)
        return asked


Serve = Callable[..., contextlib.AbstractAsyncContextManager[Cloud]]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    return lambda **options: serving(tmp_path, **options)


@contextlib.asynccontextmanager
async def serving(
    folder: Path,
    *,
    environment: Mapping[str, str] | None = None,
    bounds: Bounds | None = None,
    template: str = TEMPLATE,
    **options: object,
) -> AsyncIterator[Cloud]:
    write_stack(folder, template)
    lines: list[str] = []
    stack = read(folder / "template.yaml", {}, {})
    functions = Functions(
        stack,
        environment or {"DATABASE_URL": "postgresql://here"},
        {"AWS_REGION": "us-east-1"},
        bounds=bounds or patient(),
        say=lines.append,
        **options,  # type: ignore[arg-type] # whatever a test wants to set
    )
    gateway = Gateway(stack, functions, None, say=lines.append)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(gateway, **server_options()))
        server.install_signal_handlers = lambda: None  # type: ignore[attr-defined] # older uvicorn
        serving_task = asyncio.create_task(server._serve([listening]))
        await functions.start()
        functions.warm()
        base = f"http://127.0.0.1:{port}"
        try:
            async with httpx.AsyncClient(base_url=base, timeout=HANG_SECONDS) as client:
                yield Cloud(stack, functions, client, port, folder, lines)
        finally:
            server.should_exit = True
            await serving_task
            await functions.stop()


def patient(**chosen: Any) -> Bounds:
    """Bounds of a pool whose time limits a slow machine never meets."""
    return Bounds(**{"patience": HANG_SECONDS, "start": HANG_SECONDS, **chosen})


def write_stack(folder: Path, template: str) -> None:
    (folder / "template.yaml").write_text(template)
    sources = {"authorizer": AUTHORIZER, "echo": ECHO, "broken": "def handler(:\n"}
    for name, source in sources.items():
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "app.py").write_text(textwrap.dedent(source))
    (folder / "layer").mkdir(exist_ok=True)
