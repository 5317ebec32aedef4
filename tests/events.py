"""Events as API Gateway sends them (payload format 2.0), for tests of doors."""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

Event = dict[str, Any]


def request(
    method: str,
    path: str,
    *,
    body: Any = None,
    raw: bytes | None = None,
    query: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    identity: Mapping[str, str] | None = None,
) -> Event:
    """``body`` becomes JSON, ``raw`` stays as it is, ``identity`` is what the authorizer says."""
    sent = {"host": "kith.example.com", **{k.lower(): v for k, v in (headers or {}).items()}}
    if body is not None:
        raw = json.dumps(body).encode()
        sent.setdefault("content-type", "application/json")
    context: dict[str, Any] = {
        "accountId": "123456789012",
        "apiId": "api",
        "domainName": "kith.example.com",
        "http": {
            "method": method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": "203.0.113.9",
            "userAgent": "tests",
        },
        "requestId": "request-1",
        "routeKey": f"{method} {path}",
        "stage": "$default",
    }
    if identity is not None:
        context["authorizer"] = {"lambda": dict(identity)}
    event: Event = {
        "version": "2.0",
        "routeKey": context["routeKey"],
        "rawPath": path,
        "rawQueryString": urlencode(query or {}, doseq=True),
        "headers": sent,
        "requestContext": context,
        "isBase64Encoded": raw is not None,
    }
    if raw is not None:
        event["body"] = base64.b64encode(raw).decode()
    return event


def signed_in(user_id: UUID, session_id: UUID, **more: str) -> dict[str, str]:
    """What the authorizer says of a user."""
    return {
        "user_id": str(user_id),
        "session_id": str(session_id),
        "verified": "true",
        "time_zone": "UTC",
        "locale": "en",
        "leap_day": "feb28",
        "authenticated_at": "0",
        "aal": "1",
        **more,
    }


def json_of(answer: Mapping[str, Any]) -> Any:
    """The JSON of a door's answer."""
    body = answer["body"]
    if answer.get("isBase64Encoded"):
        body = base64.b64decode(body)
    return json.loads(body)
