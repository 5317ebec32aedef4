"""What the OpenAPI document promises of an answer, for every answer that a test gets."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from kith.reference.document import document

# Told where they are of use, and documented by no route: they are the same everywhere.
_HEADERS_OF_ALL: Final = {
    "content-length",
    "content-type",
    "content-encoding",
    "vary",
    "cache-control",
    "referrer-policy",
    "x-content-type-options",
    "strict-transport-security",
    "content-security-policy",
    "content-language",
    "x-robots-tag",
}


def require_documented(
    method: str, path: str, status: int, headers: Mapping[str, str], body: object
) -> None:
    """Fails unless the document knows this status, this code and these headers of this route."""
    operation = _operation(method, path)
    if operation is None:
        return
    name = operation["operationId"]
    response = _resolved(operation["responses"].get(str(status)))
    assert response is not None, f"{name}: {status} is not documented: {body}"
    told = {each.lower() for each in response.get("headers", {})}
    assert not set(headers) - told - _HEADERS_OF_ALL, (
        f"{name}: {status} has undocumented headers {set(headers) - told - _HEADERS_OF_ALL}"
    )
    media_type = headers.get("content-type", "").partition(";")[0]
    if body:
        assert media_type in response.get("content", {}), f"{name}: {status} as {media_type}"
    if isinstance(body, dict) and media_type == "application/problem+json":
        examples = response["content"][media_type]["examples"]
        assert body["code"] in examples, f"{name}: {status} {body['code']} is not documented"


def _operation(method: str, path: str) -> dict[str, Any] | None:
    path = path.partition("?")[0]
    for pattern, operations in _patterns():
        if pattern.fullmatch(path) and method.lower() in operations:
            found: dict[str, Any] = operations[method.lower()]
            return found
    return None


@cache
def _patterns() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    """The paths, literal ones first."""
    paths = sorted(openapi()["paths"].items(), key=lambda item: item[0].count("{"))
    return [(re.compile(_pattern(path)), item) for path, item in paths]


def _pattern(path: str) -> str:
    """No route has `/api/contacts/trash` for the address of a contact."""
    return re.sub(r"{[^}]+}", "[^/]+", path.replace("/contacts/{contact_id}", "/contacts/[0-9]+"))


@cache
def openapi() -> dict[str, Any]:
    """The document."""
    found: dict[str, Any] = json.loads(document())
    return found


def _resolved(response: dict[str, Any] | None) -> dict[str, Any] | None:
    if response is None or "$ref" not in response:
        return response
    found: dict[str, Any] = openapi()["components"]["responses"][
        response["$ref"].rpartition("/")[2]
    ]
    return found
