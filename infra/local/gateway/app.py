"""The gateway: API Gateway's HTTP API, as the template describes it, in front of the functions.

Routes, authorizer, CORS and throttle come from the template; limits and fixed bodies are AWS's
(10 MB, 30 s, `{"message": ...}`). What differs on purpose:

* a method that a known path does not have is 405 with `Allow` (AWS: 404);
* a function that fails, crashes or takes too long is 503 with `Retry-After` (AWS: 500 or 503),
  because the contract knows no other 5xx;
* 401 carries `WWW-Authenticate` and 429 `Retry-After`.

Only what the sockets say is believed about who asks: forwarding headers of clients are dropped.
"""

import asyncio
import ipaddress
import re
import time
import traceback
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from infra.local.asgi import (
    ASGIApp,
    BodyTooLarge,
    ClientGone,
    Header,
    Message,
    Receive,
    Scope,
    Send,
    answer,
    read_body,
)
from infra.local.clock import machine_time, rfc3339
from infra.local.gateway import cors, payloads
from infra.local.gateway.authorizer import AuthorizerFailed, Authorizers, Denied, Unauthorized
from infra.local.gateway.payloads import Answer, Peer
from infra.local.gateway.routing import PathRefused, Routes, canonical, loggable, parameters
from infra.local.lambdas.functions import Functions, Invoked, PayloadTooLarge, Throttled
from infra.local.lambdas.invoke_api import PREFIX as INVOKE_PREFIX
from infra.local.lambdas.invoke_api import InvokeApi
from infra.local.request_log import LoggedRequest
from infra.local.stack.model import Route, Stack, Throttle

BODY_LIMIT_BYTES = 10 * 1_048_576
HEADER_LIMIT_BYTES = 10_240  # of the request line and all headers together
ONCE_ONLY = frozenset(
    {b"host", b"authorization", b"content-length", b"content-type", b"transfer-encoding"}
)
HOST = re.compile(rb"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?\Z")
BODY_SECONDS = 30.0


class Refused(Exception):
    """The gateway answers itself, in API Gateway's words."""

    def __init__(self, status: int, message: str, *headers: Header) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers


def _unavailable() -> Refused:
    return Refused(503, "Service Unavailable", (b"retry-after", b"1"))


class TokenBucket:
    """The stage's throttle: so many requests a second, and so many at once."""

    def __init__(self, throttle: Throttle, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = throttle.requests_per_second
        self._size = float(throttle.burst)
        self._clock = clock
        self._tokens = self._size
        self._at = clock()

    def take(self) -> bool:
        now = self._clock()
        self._tokens = min(self._size, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


@dataclass(slots=True)
class Request:
    """What is known of a request so far, and what the log will say of it."""

    method: str
    raw_path: bytes
    headers: dict[bytes, bytes]
    began: float = field(default_factory=time.perf_counter)
    path: str = ""
    shown: str = ""  # the path as the log may show it
    function: str = "-"
    temperature: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def logged(self, status: int | str) -> LoggedRequest:
        return LoggedRequest(
            id=self.id,
            at=rfc3339(machine_time()),
            method=self.method,
            path=self.shown or "(a path that is refused)",
            status=status,
            milliseconds=(time.perf_counter() - self.began) * 1000,
            function=self.function,
            temperature=self.temperature,
        )


class Gateway:
    """An ASGI application."""

    def __init__(
        self,
        stack: Stack,
        functions: Functions,
        console: ASGIApp | None,
        *,
        say: Callable[[str], None] = print,
        log: Callable[[LoggedRequest], None] | None = None,
    ) -> None:
        self._functions = functions
        self._console = console
        self._say = say
        self._write_log = log or self._say_request
        self._routes = Routes(stack.api.routes)
        self._cors = stack.api.cors
        self._bucket = TokenBucket(stack.api.throttle) if stack.api.throttle else None
        self._authorizers = Authorizers(functions)
        self._invoke_api = InvokeApi(functions)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope["method"], scope["raw_path"], dict(scope["headers"]))
        try:
            request.path = request.shown = canonical(request.raw_path)
            _check_headers(scope)
            if await self._is_private(request, scope, receive, send):
                return
            found = await self._answer(request, scope, receive)
        except Refused as refused:
            found = _fixed(refused)
        except PathRefused:
            found = _fixed(Refused(400, "Bad Request"))
        except ClientGone:
            self._log(request, "hung up")
            return
        except Exception:  # noqa: BLE001 - a fault of ours is for the log; the client may come again
            self._say(traceback.format_exc())
            found = _fixed(_unavailable())
        self._log(request, found.status)
        await answer(send, found.status, self._with_cors(request, found.headers), found.body)

    # ------------------------------------------------------------ the steps

    async def _answer(self, request: Request, scope: Scope, receive: Receive) -> Answer:
        if self._cors and cors.is_preflight(request.method, request.headers):
            return Answer(204, cors.preflight_headers(self._cors, request.headers[b"origin"]), b"")
        route = self._route(request)
        if self._bucket and not self._bucket.take():
            raise Refused(429, "Too Many Requests", (b"retry-after", b"1"))
        _check_length(request)
        values = parameters(route, request.path)
        request.function, request.shown = route.function, loggable(route, request.path, values)
        event = payloads.request_event(
            route=route,
            method=request.method,
            path=request.path,
            parameters=values,
            query=scope["query_string"],
            headers=scope["headers"],
            peer=_peer(scope),
            protocol=f"HTTP/{scope['http_version']}",
            request_id=request.id,
        )
        context = await self._identify(route, event)
        body = await _body(receive)
        return await self._integrate(
            request, route, payloads.function_payload(event, body, context)
        )

    def _route(self, request: Request) -> Route:
        route = self._routes.find(request.method, request.path)
        if route is not None:
            return route
        allowed = self._routes.methods(request.path)
        if not allowed:
            raise Refused(404, "Not Found")
        raise Refused(405, "Method Not Allowed", (b"allow", ", ".join(allowed).encode()))

    async def _identify(self, route: Route, event: payloads.Event) -> dict[str, object] | None:
        if route.authorizer is None:
            return None
        try:
            async with asyncio.timeout(route.timeout_seconds):
                return await self._authorizers.context(route.authorizer, event)
        except Unauthorized:
            raise Refused(401, "Unauthorized", (b"www-authenticate", b"Bearer")) from None
        except Denied:
            raise Refused(403, "Forbidden") from None
        except (AuthorizerFailed, Throttled, TimeoutError) as error:
            self._say(f"{route.authorizer.function}: no answer: {error!r}")
            raise _unavailable() from error

    async def _integrate(self, request: Request, route: Route, payload: bytes) -> Answer:
        try:
            async with asyncio.timeout(route.timeout_seconds):
                invoked = await self._functions.invoke(route.function, payload)
            request.temperature = "cold" if invoked.cold else "warm"
            return self._understood(route, invoked)
        except PayloadTooLarge:
            raise _too_large() from None
        except (Throttled, TimeoutError) as error:
            self._say(f"{route.function}: no answer: {error!r}")
            raise _unavailable() from error

    def _understood(self, route: Route, invoked: Invoked) -> Answer:
        if invoked.error is not None:
            self._say(f"{route.function}: {invoked.payload[:300].decode('utf-8', 'replace')}")
            raise _unavailable()
        try:
            return payloads.answer_of(invoked.payload)
        except payloads.MalformedAnswer as error:
            self._say(f"{route.function}: its answer cannot be sent: {error}")
            raise _unavailable() from error

    # ------------------------------------------------------------- the rest

    async def _is_private(
        self, request: Request, scope: Scope, receive: Receive, send: Send
    ) -> bool:
        """What exists only on a laptop: the console, and Lambda's Invoke API."""
        app = self._private_app(request.path)
        if app is None:
            return False
        if request.path != "/" and not _is_local(scope, request):
            raise Refused(404, "Not Found")
        await app(scope, receive, self._logged(request, send) if app is self._invoke_api else send)
        return True

    def _logged(self, request: Request, send: Send) -> Send:
        async def logging_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._log(request, message["status"])
            await send(message)

        return logging_send

    def _private_app(self, path: str) -> ASGIApp | None:
        if path.startswith(INVOKE_PREFIX):
            return self._invoke_api
        if path in {"/", "/_local"} or path.startswith("/_local/"):
            return self._console
        return None

    def _with_cors(self, request: Request, headers: list[Header]) -> list[Header]:
        if self._cors is None:
            return headers
        origin = request.headers.get(b"origin")
        if cors.is_preflight(request.method, request.headers):
            return headers
        kept = cors.without_cors(headers)
        return [*kept, *cors.actual_headers(self._cors, origin)] if origin else kept

    def _log(self, request: Request, status: int | str) -> None:
        self._write_log(request.logged(status))

    def _say_request(self, request: LoggedRequest) -> None:
        self._say(f"{request.method} {request.path} {request.status} {request.outcome()}")


def _fixed(refused: Refused) -> Answer:
    body = payloads.encode({"message": refused.message}).encode()
    return Answer(refused.status, [(b"content-type", b"application/json"), *refused.headers], body)


def _too_large() -> Refused:
    return Refused(413, "Request Entity Too Large")


async def _body(receive: Receive) -> bytes:
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await read_body(receive, BODY_LIMIT_BYTES)
    except BodyTooLarge:
        raise _too_large() from None
    except TimeoutError:
        raise Refused(408, "Request Timeout", (b"connection", b"close")) from None


def _check_headers(scope: Scope) -> None:
    headers: list[Header] = scope["headers"]
    size = len(scope["raw_path"]) + len(scope["query_string"])
    size += sum(len(name) + len(value) for name, value in headers)
    if size > HEADER_LIMIT_BYTES:
        raise Refused(431, "Request Header Fields Too Large")
    given = [name for name, _ in headers if name in ONCE_ONLY]
    framed_twice = b"transfer-encoding" in given and b"content-length" in given
    if len(given) != len(set(given)) or framed_twice or not _has_good_host(headers):
        raise Refused(400, "Bad Request")


def _has_good_host(headers: list[Header]) -> bool:
    return any(name == b"host" and HOST.match(value) for name, value in headers)


def _check_length(request: Request) -> None:
    length = request.headers.get(b"content-length", b"0")
    if not length.isdigit():
        raise Refused(400, "Bad Request")
    if int(length) > BODY_LIMIT_BYTES:
        raise _too_large()


def _peer(scope: Scope) -> Peer:
    client, server = scope.get("client"), scope.get("server")
    return Peer(client[0] if client else "", server[1] if server else 0, scope["scheme"])


def _is_local(scope: Scope, request: Request) -> bool:
    """From this machine, by a name of this machine, and not from some web page's script."""
    client = scope.get("client")
    origin = request.headers.get(b"origin", b"")
    return (
        client is not None
        and _is_loopback(client[0])
        and _is_loopback(_host_of(request.headers.get(b"host", b"")))
        and (not origin or _is_loopback(_host_of(origin.rpartition(b"//")[2])))
    )


def _host_of(authority: bytes) -> str:
    return re.sub(r":\d+\Z", "", authority.decode("latin-1")).strip("[]")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
