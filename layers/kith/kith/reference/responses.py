"""Responses of an operation in the OpenAPI document: what the route declares, and what follows.

What follows is read off the operation itself: who has a body can be refused for it, who needs a
token can lack it, who takes a cursor can get a wrong one. Each pair of a status and its codes is
one component, with an example of every code.
"""

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from importlib import import_module
from typing import Final

from kith.errors import KithError
from kith.http.openapi import CODES, headers_of
from kith.http.problems import status_of
from kith.http.strict_route import NUMBERS_IN_PATHS
from kith.json_types import JsonObject

_PROBLEM: Final = "application/problem+json"
_MESSAGE: Final = {"$ref": "#/components/schemas/GatewayMessage"}
# What API Gateway itself answers with; where a token is needed also 401 and 403, to a body 413.
_FROM_GATEWAY: Final = (400, 429, 431, 503)
# Modules with errors that their routers import when they are needed.
_LAZY_ERRORS: Final = (
    "kith.avatars.images",
    "kith.avatars.multipart",
    "kith.contacts.exchange.csv.reader",
    "kith.contacts.exchange.formats",
    "kith.contacts.exchange.json_format",
    "kith.contacts.imports.importer",
    "kith.contacts.imports.pieces",
    "kith.contacts.imports.service",
    "kith.contacts.imports.uploads",
    "kith.contacts.merge.service",
)
# Codes that are no class's own.
_DETAILS: Final = {
    "token_expired": "The access token has expired; refresh it.",
    "session_revoked": "This session has ended; sign in again.",
    "unexpected": "Something went wrong on our side; try again shortly.",
}
_BY_PARAMETER: Final = {
    "contact_id": {"404": "contact_not_found"},
    "phone_id": {"404": "phone_not_found"},
    "cursor": {"422": "cursor_invalid"},
    "If-Match": {"412": "precondition_failed"},
    "Idempotency-Key": {"409": "request_in_flight", "422": "idempotency_key_reused"},
}
_OF_BODY: Final = {"400": "unreadable", "415": "unsupported_media_type", "422": "invalid"}
_OF_ALL: Final = (
    ("400", "unreadable"),
    ("422", "invalid"),  # a query parameter that the route does not know
    ("503", "database_unavailable"),
    ("503", "unavailable"),
    ("503", "unexpected"),
)
_ALWAYS: Final = {code for status, code in _OF_ALL if status == "503"}
_OF_IDENTITY: Final = (
    ("401", "not_authenticated"),
    ("401", "session_revoked"),
    ("401", "token_expired"),
    ("403", "scope_missing"),
)
_ERROR_HEADERS: Final = {
    401: ["WWW-Authenticate"],
    403: ["WWW-Authenticate"],
    412: ["ETag"],
    429: ["Retry-After"],
    503: ["Retry-After"],
}
HEADERS: Final[JsonObject] = {
    "Content-Disposition": ("The name of the file.", 'attachment; filename="kith.vcf"'),
    "ETag": ("The version of what is answered (RFC 9110).", '"3"'),
    "Link": ("The next page, if there is one.", '</api/contacts?cursor=W10>; rel="next"'),
    "Location": ("Where it can be read.", "https://kith.example.com/api/contacts/8"),
    "RateLimit": ("What is left of the limit.", '"contacts";r=119;t=42'),
    "RateLimit-Policy": ("The limit: how many in how many seconds.", '"contacts";q=120;w=60'),
    "Retry-After": ("When to come back, in seconds.", 1),
    "WWW-Authenticate": ("How to sign in.", "Bearer"),
    "X-Request-Id": ("The id of the request, for whoever looks it up.", "Kq3hGj5zliAEJMQ="),
}


def header_components() -> JsonObject:
    """``components.headers`` of the document."""
    return {
        name: {
            "description": description,
            "schema": {"type": "integer", "minimum": 1} if example == 1 else {"type": "string"},
            "example": example,
        }
        for name, (description, example) in HEADERS.items()
    }


def details_by_code() -> dict[str, str]:
    """What each code says to people."""
    for module in _LAZY_ERRORS:
        import_module(module)
    return {**{error.code: error.detail for error in error_classes()}, **_DETAILS}


def error_classes(base: type[KithError] = KithError) -> Iterator[type[KithError]]:
    """Every error that is loaded, those that are derived from last."""
    for error in base.__subclasses__():
        yield from error_classes(error)
    yield base


class ResponseComponents:
    """``components.responses`` and the schemas of problems, each made once."""

    def __init__(self, schemas: JsonObject) -> None:
        """``schemas`` are those of the document, to which those of problems are added."""
        self.responses: JsonObject = {}
        self._schemas = schemas
        self._problem = schemas.pop("Problem")
        self._details = details_by_code()

    def complete(self, operation: JsonObject, implied: Iterable[tuple[str, str]]) -> None:
        """Make an operation's responses whole; it has its parameters, body and security.

        ``implied`` are pairs of a status and a code that follow from what the route depends on.
        """
        responses: JsonObject = operation["responses"]
        codes = _declared_codes(responses)
        for status, code in (*_implied_codes(operation), *implied):
            codes.setdefault(status, set()).add(code)
        is_limited = "too_many_requests" in codes.get("429", ())
        from_gateway = set(_FROM_GATEWAY)
        from_gateway |= {401, 403} if operation["security"] else set()
        from_gateway |= {413} if "requestBody" in operation else set()
        pages = {status for status in responses if status >= "400"}
        for status in sorted({*codes, *pages, *map(str, from_gateway)}):
            page = responses.get(status, {}).get("content", {})
            responses[status] = self._refusal(
                int(status), codes.get(status, set()), page, by_gateway=int(status) in from_gateway
            )
        for status, response in responses.items():
            if status < "400":
                names = ["RateLimit", "RateLimit-Policy"] if is_limited else []
                names += self._success_headers(operation, status, response)
                response["headers"] = {**headers_of(*names), **response.get("headers", {})}
        operation["responses"] = dict(sorted(responses.items()))

    def _success_headers(
        self, operation: JsonObject, status: str, response: JsonObject
    ) -> Iterator[str]:
        yield "X-Request-Id"
        if status in {"201", "202"} and response.get("content"):
            yield "Location"
        if any(each["name"] == "cursor" for each in operation.get("parameters", ())):
            yield "Link"
        schema = response.get("content", {}).get("application/json", {}).get("schema", {})
        name = schema.get("$ref", "").rpartition("/")[2]
        if "etag" in self._schemas.get(name, {}).get("properties", {}):
            yield "ETag"

    def _refusal(
        self, status: int, codes: set[str], page: JsonObject, *, by_gateway: bool
    ) -> JsonObject:
        content = dict(page)
        if codes:
            content[_PROBLEM] = self._problem_content(status, codes, by_gateway=by_gateway)
        if by_gateway:
            content["application/json"] = {"schema": _MESSAGE}
        name = _name(status, codes) + ("Page" if page else "")
        self.responses[name] = {
            "description": HTTPStatus(status).phrase,
            "headers": headers_of(*_error_headers(status, by_us=bool(codes or page))),
            "content": content,
        }
        return {"$ref": f"#/components/responses/{name}"}

    def _problem_content(self, status: int, codes: set[str], *, by_gateway: bool) -> JsonObject:
        name = f"{_name(status, codes)}Problem"
        properties = self._problem["properties"]
        fixed: dict[str, JsonObject] = {
            "status": {"const": status},
            "code": {"enum": sorted(codes)},
        }
        self._schemas[name] = {
            **self._problem,
            "title": name,
            "properties": {
                member: {**schema, **fixed.get(member, {})} for member, schema in properties.items()
            },
        }
        reference = {"$ref": f"#/components/schemas/{name}"}
        return {
            "schema": {"anyOf": [reference, _MESSAGE]} if by_gateway else reference,
            "examples": {code: {"value": self._example(status, code)} for code in sorted(codes)},
        }

    def _example(self, status: int, code: str) -> JsonObject:
        example = {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": self._details.get(code, KithError.detail),
            "code": code,
            "instance": "Kq3hGj5zliAEJMQ=",
        }
        if code == "invalid":
            example["errors"] = [
                {"pointer": "/query/limit", "code": "greater_than_equal", "detail": "At least 1."}
            ]
        return example | ({"etag": '"4"'} if status == 412 else {})


def _declared_codes(responses: JsonObject) -> dict[str, set[str]]:
    """Codes of the route, taken out of its responses; FastAPI's own schema of 422 is not ours."""
    declared = {}
    for status in [each for each in responses if each >= "400"]:
        codes = responses[status].pop(CODES, ())
        responses[status].get("content", {}).pop("application/json", None)
        declared[status] = {*codes, *(["invalid"] if status == "422" else [])}
        if "text/html" not in responses[status].get("content", {}):
            del responses[status]
    return {status: codes for status, codes in declared.items() if codes}


def _implied_codes(operation: JsonObject) -> Iterator[tuple[str, str]]:
    """What can be refused because of what an operation takes."""
    yield from _OF_ALL
    parameters = [each["name"] for each in operation.get("parameters", ())]
    for name in parameters:
        yield from _BY_PARAMETER.get(name, {}).items()
    if not NUMBERS_IN_PATHS.isdisjoint(parameters):
        yield "404", "not_found"  # what is not spelled as an id belongs to no route
    if "requestBody" in operation:
        yield from _OF_BODY.items()
    if operation["security"]:
        yield from _OF_IDENTITY


def _error_headers(status: int, *, by_us: bool) -> list[str]:
    names = ["X-Request-Id", "RateLimit", "RateLimit-Policy"] if by_us else []
    return names + _ERROR_HEADERS.get(status, [])


def _name(status: int, codes: set[str]) -> str:
    """``ContactNotFound404``; several codes are joined."""
    specific = sorted(codes - _ALWAYS) or (["unavailable"] if codes else ["gateway"])
    words = ["".join(map(str.capitalize, code.split("_"))) for code in specific]
    return "Or".join(words) + str(status)


def is_error_of(code: str, status: int) -> bool:
    """Whether some error has this code and is answered with this status."""
    known = {(error.code, int(status_of(error))) for error in error_classes()}
    return (code, status) in known or code in _DETAILS
