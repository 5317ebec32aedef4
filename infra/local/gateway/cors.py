"""CORS as an HTTP API does it: configured at the gateway, whatever the function says.

A preflight is answered here and runs nothing. An origin that is not on the list gets an answer
without any CORS header, and its browser keeps it from the page.
"""

from infra.local.asgi import Header
from infra.local.stack.model import Cors


def is_preflight(method: str, headers: dict[bytes, bytes]) -> bool:
    return (
        method == "OPTIONS" and b"origin" in headers and b"access-control-request-method" in headers
    )


def preflight_headers(cors: Cors, origin: bytes) -> list[Header]:
    """The answer to a preflight request."""
    allowed = _origin(cors, origin)
    if not allowed:
        return _vary(cors)
    headers = [
        *allowed,
        (b"access-control-allow-methods", ",".join(cors.allow_methods).encode()),
        (b"access-control-allow-headers", ",".join(cors.allow_headers).encode()),
    ]
    if cors.max_age_seconds is not None:
        headers.append((b"access-control-max-age", str(cors.max_age_seconds).encode()))
    return headers


def actual_headers(cors: Cors, origin: bytes) -> list[Header]:
    """What every other answer carries, errors too."""
    allowed = _origin(cors, origin)
    if not allowed or not cors.expose_headers:
        return allowed or _vary(cors)
    return [*allowed, (b"access-control-expose-headers", ",".join(cors.expose_headers).encode())]


def without_cors(headers: list[Header]) -> list[Header]:
    """The gateway ignores what a function says about CORS."""
    return [header for header in headers if not header[0].startswith(b"access-control-")]


def _origin(cors: Cors, origin: bytes) -> list[Header]:
    if "*" in cors.allow_origins:
        return [(b"access-control-allow-origin", b"*")]
    if origin.decode("latin-1") not in cors.allow_origins:
        return []
    headers = [(b"access-control-allow-origin", origin), *_vary(cors)]
    if cors.allow_credentials:
        headers.append((b"access-control-allow-credentials", b"true"))
    return headers


def _vary(cors: Cors) -> list[Header]:
    return [] if "*" in cors.allow_origins else [(b"vary", b"Origin")]
