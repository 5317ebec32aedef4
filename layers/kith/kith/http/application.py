"""The application factory: routers become a FastAPI application, and that a Lambda handler.

Mangum adapts events of the gateway to ASGI. What it would derive from request headers (scheme,
server, host) is overwritten from the settings, so that no client controls it; an event that it
cannot parse is answered with 400. Every request has a deadline (``kith.deadline``).
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache as once
from typing import Final, cast
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from mangum import Mangum
from mangum.types import LambdaContext
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kith.cache import CacheUnavailable, cache
from kith.database.errors import SerializationFailure, translate_error
from kith.database.unit_of_work import database
from kith.deadline import Deadline, running_until
from kith.errors import KithError
from kith.http import problems
from kith.http.authentication import refuse_denied
from kith.http.response_size import encode_long_body
from kith.http.serialization_retry import SerializationRetry
from kith.http.strict_route import StrictRoute, allowed_methods
from kith.http.unexpected import unexpected_response
from kith.json_types import JsonObject
from kith.settings import settings
from kith.snapshot import register_snapshot_hooks
from kith.telemetry import (
    count_metric,
    load_logger,
    log,
    log_exception,
    log_warning,
    with_telemetry,
)

# From the event and the context of an invocation to the response for API Gateway.
Handler = Callable[[JsonObject, object], JsonObject]

_SECURITY_HEADERS: Final = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
_HSTS: Final = (b"strict-transport-security", b"max-age=31536000")  # a year
_UNREADABLE: Final = (
    '{"type":"about:blank","title":"Bad Request","status":400,'
    '"detail":"The request could not be read.","code":"unreadable","instance":""}'
)


def make_router(tag: str, response_class: type[Response] = JSONResponse) -> APIRouter:
    """A router with strict JSON and without redirects."""
    return APIRouter(
        tags=[tag],
        route_class=StrictRoute,
        redirect_slashes=False,
        default_response_class=response_class,
    )


def application(*routers: APIRouter) -> FastAPI:
    """A FastAPI application of some routers, with problem documents and our headers."""
    app = FastAPI(
        title="Kith", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    for router in routers:
        app.include_router(router)
    app.state.known_routes = [route for router in routers for route in router.routes]
    app.add_exception_handler(KithError, problems.problem_of_error)
    app.add_exception_handler(RequestValidationError, problems.problem_of_validation)
    app.add_exception_handler(HTTPException, _problem_of_router)
    app.add_exception_handler(SerializationFailure, _raise_again)
    app.add_middleware(SerializationRetry)
    app.add_middleware(Envelope)
    return app


async def _problem_of_router(request: Request, error: Exception) -> Response:
    """No such address, no such method; but whose token has expired is told that first."""
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette's signature is wider
    try:
        refuse_denied(request)
    except KithError as denial:
        return await problems.problem_of_error(request, denial)
    if error.status_code == 405:
        allowed = allowed_methods(request.app.state.known_routes, request.scope)
        error.headers = {"Allow": ", ".join(allowed)}
    return await problems.problem_of_starlette(request, error)


async def _raise_again(_request: Request, error: Exception) -> Response:
    """Not an answer yet: ``SerializationRetry`` runs the request again."""
    raise error


def serve(*routers: APIRouter) -> Handler:
    """The Lambda handler of some routers, connected and ready for its first request."""
    asyncio.set_event_loop(_loop())
    app = application(*routers)
    adapter = Mangum(app, lifespan="off")
    _complete_routes(app)
    _connect()
    register_snapshot_hooks(_disconnect, _connect)

    @with_telemetry
    def handler(event: JsonObject, context: object) -> JsonObject:
        try:
            _ensure_event_loop()
            with running_until(deadline_of(event, time.time())):
                response = adapter(_with_known_headers(event), cast("LambdaContext", context))
            return encode_long_body(response)
        except Exception:  # noqa: BLE001 - whatever Mangum cannot parse, the client gets a response
            log_exception("event_unreadable")
            headers = {
                "content-type": "application/problem+json",
                "x-content-type-options": "nosniff",
            }
            return {"statusCode": 400, "headers": headers, "body": _UNREADABLE}

    return handler


def deadline_of(
    event: JsonObject, at: float, clock: Callable[[], float] = time.monotonic
) -> Deadline:
    """The deadline of a request as its client counts: what the authorizer took is spent already.

    ``at`` is the time by the clock that the gateway has too, in seconds since the epoch. What is
    spent beyond the authorizer's share went into a cold start, or two clocks differ.
    """
    arrived = event["requestContext"].get("timeEpoch", at * 1000) / 1000
    most = settings().authorizer_time.total_seconds()
    spent = min(max(at - arrived, 0.0), most)
    return Deadline(settings().request_time.total_seconds(), clock, spent=spent)


def _complete_routes(app: FastAPI) -> None:
    """FastAPI completes its routes at the first request: a made-up one, before anybody waits."""
    nowhere = {"type": "http", "method": "GET", "path": "/nowhere", "root_path": "", "headers": []}
    load_logger()
    _loop().run_until_complete(app.router(nowhere, _receive_nothing, _send_nowhere))


async def _receive_nothing() -> Message:
    return {"type": "http.disconnect"}


async def _send_nowhere(_message: Message) -> None:
    """The response to the made-up request."""


def _connect() -> None:
    """Connect to Redis and PostgreSQL before the first request.

    A service that is away now may be back by then, so no failure keeps a function from starting;
    both give up within seconds.
    """
    with suppress(CacheUnavailable):
        cache().ping()
    if not settings().database_url:
        return
    try:
        database().ping()
    except Exception as error:  # noqa: BLE001 - whatever it is, a request will report it better
        log_warning("database_not_connected", error=type(error).__name__)


def _disconnect() -> None:
    """Before a snapshot (``kith.snapshot``)."""
    cache().close()
    if settings().database_url:
        database().close()


def _ensure_event_loop() -> None:
    """Mangum takes the loop of the thread, which ``asyncio.run`` may have removed."""
    try:
        asyncio.get_event_loop()
    except RuntimeError:
        asyncio.set_event_loop(_loop())


@once
def _loop() -> asyncio.AbstractEventLoop:
    """The one event loop of this process."""
    return asyncio.new_event_loop()


def _with_known_headers(event: JsonObject) -> JsonObject:
    """The event with lower-case headers, and those of host, scheme and port from the settings."""
    origin = urlsplit(settings().public_base_url)
    headers = {
        name.lower(): value
        for name, value in (event.get("headers") or {}).items()
        if not name.lower().startswith(("x-forwarded-", "forwarded"))
    }
    headers["host"] = origin.netloc
    headers["x-forwarded-proto"] = origin.scheme
    headers["x-forwarded-port"] = str(origin.port or (443 if origin.scheme == "https" else 80))
    return {**event, "headers": headers, "requestContext": _with_encoded_path(event)}


def _with_encoded_path(event: JsonObject) -> JsonObject:
    """API Gateway has decoded the path, and Mangum decodes it again: so it is encoded again.

    Otherwise ``%252F`` were a slash in the end, in a path that the gateway has matched without it.
    """
    context: JsonObject = event["requestContext"]
    return {**context, "http": {**context["http"], "path": quote(context["http"]["path"])}}


class Envelope:
    """Middleware around every request: its id, headers, log line and last error handler."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
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
        except Exception as error:
            if statuses:
                raise
            response = await _error_response(Request(scope), error)
            await response(scope, receive, send_with_headers)
        _record(scope, context, statuses[0] if statuses else 0, time.perf_counter() - started)


async def _error_response(request: Request, error: Exception) -> Response:
    ours = translate_error(error)
    if isinstance(ours, KithError):
        return await problems.problem_of_error(request, ours)
    return unexpected_response(request, error)


def _headers(scope: Scope, message: Message) -> list[tuple[bytes, bytes]]:
    """The headers of every response; ``no-store`` unless the route has a better one."""
    named = {name for name, _ in message["headers"]}
    headers = [*_SECURITY_HEADERS, (b"x-request-id", scope["kith.request_id"].encode())]
    if settings().public_base_url.startswith("https://"):
        headers.append(_HSTS)
    if b"cache-control" not in named:
        headers.append((b"cache-control", b"no-store"))
    given: dict[str, str] = scope["kith.headers"]
    headers.extend(
        (name.lower().encode(), value.encode())
        for name, value in given.items()
        if name.lower().encode() not in named
    )
    return headers


def _record(scope: Scope, context: JsonObject, status: int, seconds: float) -> None:
    identity = (context.get("authorizer") or {}).get("lambda") or {}
    log(
        "request",
        request_id=scope["kith.request_id"],
        route=context.get("routeKey", ""),
        status=status,
        user_id=identity.get("user_id"),
        origin=(context.get("http") or {}).get("sourceIp", ""),
        milliseconds=round(seconds * 1000, 1),
    )
    if status >= 500:
        count_metric("Http5xx")
