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


async def read_body(receive: Receive, limit_bytes: int) -> bytes:
    """The whole body of a request. Raises `BodyTooLarge` as soon as it is."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body") and len(body) <= limit_bytes:
        return body
    parts, size = [body], len(body)
    while message.get("more_body") and size <= limit_bytes:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
    if size > limit_bytes:
        raise BodyTooLarge
    return b"".join(parts)


async def answer(send: Send, status: int, headers: Iterable[Header], body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    start = {"type": "http.response.start", "status": status, "headers": [*headers, length]}
    await send(start)
    await send({"type": "http.response.body", "body": body})


async def answer_json(
    send: Send, status: int, content: object, headers: Iterable[Header] = ()
) -> None:
    body = json.dumps(content, ensure_ascii=False).encode()
    await answer(send, status, [(b"content-type", b"application/json"), *headers], body)
