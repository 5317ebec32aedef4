"""The ASGI interface in four names, and the shortest way to answer."""

import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]


class BodyTooLarge(Exception):
    """The client sends more than is taken here."""


class ClientGone(Exception):
    """The client hung up before it had sent its whole request."""


async def read_body(receive: Receive, limit_bytes: int) -> bytes:
    """The whole body of a request. Raises `BodyTooLarge` as soon as it is, and `ClientGone`."""
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit_bytes:
            raise BodyTooLarge
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def answer(send: Send, status: int, headers: Iterable[Header], body: bytes) -> None:
    """Sends a whole answer. One that has no body by its status (RFC 9110) gets none."""
    headers = list(headers)
    if all(name.lower() != b"x-content-type-options" for name, _ in headers):
        headers.append((b"x-content-type-options", b"nosniff"))
    if status in {204, 304}:
        body = b""
    else:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def answer_json(
    send: Send, status: int, content: object, headers: Iterable[Header] = ()
) -> None:
    body = json.dumps(content, ensure_ascii=False).encode()
    await answer(send, status, [(b"content-type", b"application/json"), *headers], body)


def serve_quietly(app: ASGIApp, host: str, port: int) -> None:
    """Serve until SIGTERM; only warnings are logged."""
    import uvicorn

    uvicorn.run(
        app,
        host=host,
        port=port,
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
