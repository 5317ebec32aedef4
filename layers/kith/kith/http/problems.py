"""Errors as ``application/problem+json`` (RFC 9457): the one table from errors to statuses.

A problem names fields and rules, never a value of the request, never an internal detail.
Unexpected exceptions are logged with their traceback and answered with 503.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from fastapi.exceptions import RequestValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kith import errors
from kith.errors import Fault, KithError

_STATUSES: Final[dict[type[KithError], HTTPStatus]] = {
    errors.Unreadable: HTTPStatus.BAD_REQUEST,
    errors.NotAuthenticated: HTTPStatus.UNAUTHORIZED,
    errors.NotAllowed: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Gone: HTTPStatus.GONE,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.UnsupportedMedia: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
COMMON_CODES: Final = {int(status): error.code for error, status in _STATUSES.items()}
_FROM_STARLETTE: Final[dict[int, tuple[str, str]]] = {
    404: (errors.NotFound.code, errors.NotFound.detail),
    405: ("method_not_allowed", "This address does not know that method."),
    400: (errors.Unreadable.code, errors.Unreadable.detail),
    413: (errors.TooLarge.code, errors.TooLarge.detail),
    415: (errors.UnsupportedMedia.code, errors.UnsupportedMedia.detail),
}
_TOO_DEEP: Final = "recursion_depth_exceeded"


class ProblemResponse(Response):
    """A problem document."""

    media_type = "application/problem+json"


def request_id(request: Request) -> str:
    """The id that the gateway gave this request."""
    return str(request.scope.get("kith.request_id", ""))


def status_of(error: type[KithError]) -> HTTPStatus:
    """The status of the nearest base class in the table."""
    bases = (base for base in error.__mro__ if base in _STATUSES)
    return _STATUSES.get(next(bases, KithError), HTTPStatus.SERVICE_UNAVAILABLE)


def problem_response(  # noqa: PLR0913 - the members of RFC 9457 are what they are
    request: Request,
    status: int,
    code: str,
    detail: str,
    *,
    faults: tuple[Fault, ...] = (),
    headers: Mapping[str, str] | None = None,
    etag: str | None = None,
    members: Mapping[str, object] | None = None,
) -> ProblemResponse:
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "instance": request_id(request),
        **(members or {}),
    }
    if faults:
        body["errors"] = [
            {"pointer": each.pointer, "code": each.code, "detail": each.detail} for each in faults
        ]
    if etag is not None:
        body["etag"] = etag
    return ProblemResponse(json.dumps(body, ensure_ascii=True), status, headers=dict(headers or {}))


async def problem_of_error(request: Request, error: Exception) -> Response:
    """Our own errors."""
    assert isinstance(error, KithError)  # noqa: S101 - Starlette's signature is wider than its use
    return problem_response(
        request,
        status_of(type(error)),
        error.error_code,
        error.message,
        faults=getattr(error, "faults", ()),
        headers=_headers(error),
        etag=getattr(error, "etag", None),
        members=getattr(error, "members", None),
    )


def _headers(error: KithError) -> dict[str, str]:
    if isinstance(error, errors.TooManyRequests):
        return {**error.headers, "Retry-After": str(error.retry_after)}
    if isinstance(error, errors.Unavailable):
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, errors.NotAuthenticated):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, errors.ScopeMissing):
        return {"WWW-Authenticate": 'Bearer error="insufficient_scope"'}
    if isinstance(error, errors.PreconditionFailed):
        return {"ETag": error.etag}
    return {}


async def problem_of_validation(request: Request, error: Exception) -> Response:
    """Validation errors of FastAPI and Pydantic: 400 when it is not JSON at all, else 422."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    details = error.errors()
    if any(each["type"] == "json_invalid" for each in details):
        return problem_response(request, 400, errors.Unreadable.code, "The body is not valid JSON.")
    faults = tuple(_fault(each) for each in details[:100])
    return problem_response(request, 422, errors.Invalid.code, errors.Invalid.detail, faults=faults)


def _fault(details: ErrorDetails) -> Fault:
    where, *path = details["loc"]
    steps = path if where == "body" else [where, *path]
    if details["type"] == _TOO_DEEP:
        steps = steps[:1]  # what follows are Pydantic's names for types, not the client's keys
    pointer = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
    return Fault(_printable(pointer), details["type"], _printable(_message(details)))


def _message(details: ErrorDetails) -> str:
    """Pydantic's message, without the pieces of the value that some of them quote."""
    if details["type"] == _TOO_DEEP:
        return "This is nested too deeply."
    message = details["msg"].removeprefix("Value error, ")
    return message.partition(",")[0] if details["type"].endswith("_parsing") else message


def _printable(text: str) -> str:
    """Keys of a hostile body appear in pointers: bounded, and without lone surrogates."""
    return text[:200].encode("utf-8", "replace").decode()


async def problem_of_starlette(request: Request, error: Exception) -> Response:
    """Errors of the router itself: no such route, no such method."""
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    code, detail = _FROM_STARLETTE.get(error.status_code, ("error", KithError.detail))
    return problem_response(request, error.status_code, code, detail, headers=error.headers)
