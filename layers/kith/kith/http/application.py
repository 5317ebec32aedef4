"""The hall: routers become a Lambda handler that answers everything it is woken by.

Between the gateway and FastAPI stands Mangum. What it would derive from request headers (scheme,
server, host) is overwritten with what we know, so that no client can steer it; what it cannot
digest is answered with 400.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import cache as once
from time import perf_counter
from typing import Any, Final
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from mangum import Mangum
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kith.cache import CacheUnavailable, cache
from kith.database.errors import translate_error
from kith.database.unit_of_work import database
from kith.errors import KithError
from kith.http import problems
from kith.http.response_size import encode_long_body
from kith.http.strict_json import StrictRoute
from kith.settings import settings
from kith.telemetry import count_metric, load_logger, log, log_exception, log_warning

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]

_ALWAYS: Final = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
_HTTPS_FROM_NOW_ON: Final = (b"strict-transport-security", b"max-age=31536000")  # a year
_UNREADABLE: Final = (
    '{"type":"about:blank","title":"Bad Request","status":400,'
    '"detail":"The request could not be read.","code":"unreadable","instance":""}'
)


def make_router(tag: str) -> APIRouter:
    """A router of our manners: strict JSON, no redirects."""
    return APIRouter(tags=[tag], route_class=StrictRoute, redirect_slashes=False)


def application(*routers: APIRouter) -> FastAPI:
    """One FastAPI application over some routers, with our errors and headers."""
    app = FastAPI(
        title="Kith", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    for router in routers:
        app.include_router(router)
    app.add_exception_handler(KithError, problems.problem_of_error)
    app.add_exception_handler(RequestValidationError, problems.problem_of_validation)
    app.add_exception_handler(HTTPException, problems.problem_of_starlette)
    app.add_middleware(Envelope)
    return app


def serve(*routers: APIRouter) -> Handler:
    """The handler of an HTTP door."""
    asyncio.set_event_loop(_loop())
    app = application(*routers)
    adapter = Mangum(app, lifespan="off")
    _rehearse(app)
    _connect()

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        try:
            _bring_a_loop()
            return encode_long_body(adapter(_with_known_headers(event), context))
        except Exception:  # noqa: BLE001 - whatever the adapter cannot digest, the client is told
            log_exception("event_unreadable")
            headers = {"content-type": "application/problem+json"}
            return {"statusCode": 400, "headers": headers, "body": _UNREADABLE}

    return handler


def _rehearse(app: FastAPI) -> None:
    """FastAPI completes its routes when one is first looked for: let it be by nobody."""
    nowhere = {"type": "http", "method": "GET", "path": "/nowhere", "root_path": "", "headers": []}
    load_logger()
    _loop().run_until_complete(app.router(nowhere, _hears_nothing, _tells_nobody))


async def _hears_nothing() -> Message:
    return {"type": "http.disconnect"}


async def _tells_nobody(_message: Message) -> None:
    """The rehearsal's answer is for nobody."""


def _connect() -> None:
    """Reach what every request leans on while nobody waits yet: a first request finds it warm.

    What is away now may be there when somebody asks, so nothing here keeps a function from
    starting; both give up within seconds.
    """
    with suppress(CacheUnavailable):
        cache().ping()
    if not settings().database_url:
        return
    try:
        database().ping()
    except Exception as trouble:  # noqa: BLE001 - whatever it is, a request will say it better
        log_warning("database_not_connected", trouble=type(trouble).__name__)


def _bring_a_loop() -> None:
    """Mangum takes the thread's loop as it finds it; whoever ran one before may have removed it."""
    try:
        asyncio.get_event_loop()
    except RuntimeError:
        asyncio.set_event_loop(_loop())


@once
def _loop() -> asyncio.AbstractEventLoop:
    """The one loop of this process, for as long as it lives."""
    return asyncio.new_event_loop()


def _with_known_headers(event: dict[str, Any]) -> dict[str, Any]:
    """The event with its headers lower-cased, and those about the way here made our own."""
    origin = urlsplit(settings().public_base_url)
    headers = {
        name.lower(): value
        for name, value in (event.get("headers") or {}).items()
        if not name.lower().startswith(("x-forwarded-", "forwarded"))
    }
    headers["host"] = origin.netloc
    headers["x-forwarded-proto"] = origin.scheme
    headers["x-forwarded-port"] = str(origin.port or (443 if origin.scheme == "https" else 80))
    return {**event, "headers": headers, "requestContext": _with_a_path_to_decode(event)}


def _with_a_path_to_decode(event: dict[str, Any]) -> dict[str, Any]:
    """API Gateway has decoded the path, and Mangum will once more: it is given what it expects.

    Otherwise ``%252F`` were a slash in the end, in a path that the gateway has matched without it.
    """
    context: dict[str, Any] = event["requestContext"]
    return {**context, "http": {**context["http"], "path": quote(context["http"]["path"])}}


class Envelope:
    """Around every request: its id, its headers, its log line, and a net under it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        context = scope.get("aws.event", {}).get("requestContext", {})
        scope["kith.request_id"] = str(context.get("requestId", ""))
        scope["kith.headers"] = {}
        statuses: list[int] = []

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
                message["headers"] = [*message["headers"], *_headers(scope, message)]
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as trouble:
            if statuses:
                raise
            response = await _last_answer(Request(scope), trouble)
            await response(scope, receive, send_with_headers)
        _record(scope, context, statuses[0] if statuses else 0, perf_counter() - began)


async def _last_answer(request: Request, trouble: Exception) -> Response:
    """503 for what nobody expected: it is logged with its trace, and the client may try again."""
    ours = translate_error(trouble)
    if isinstance(ours, KithError):
        return await problems.problem_of_error(request, ours)
    log_exception("unexpected_error")
    count_metric("Unexpected")
    headers = {"Retry-After": "1"}
    detail = "Something went wrong on our side; try again shortly."
    return problems.problem_response(request, 503, "unexpected", detail, headers=headers)


def _headers(scope: Scope, message: Message) -> list[tuple[bytes, bytes]]:
    """What every answer carries; ``no-store`` unless the route said something better."""
    named = {name for name, _ in message["headers"]}
    headers = [*_ALWAYS, (b"x-request-id", scope["kith.request_id"].encode())]
    if settings().public_base_url.startswith("https://"):
        headers.append(_HTTPS_FROM_NOW_ON)
    if b"cache-control" not in named:
        headers.append((b"cache-control", b"no-store"))
    given: dict[str, str] = scope["kith.headers"]
    headers.extend(
        (name.lower().encode(), value.encode())
        for name, value in given.items()
        if name.lower().encode() not in named
    )
    return headers


def _record(scope: Scope, context: dict[str, Any], status: int, seconds: float) -> None:
    word = (context.get("authorizer") or {}).get("lambda") or {}
    log(
        "request",
        request_id=scope["kith.request_id"],
        route=context.get("routeKey", ""),
        status=status,
        user_id=word.get("user_id"),
        milliseconds=round(seconds * 1000, 1),
    )
    if status >= 500:
        count_metric("Http5xx")
