"""Pages, JSON and problems as the console answers them."""

import json
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

PAGES: Final = Path(__file__).with_name("pages")
# A page of ours loads nothing from elsewhere, and sends forms nowhere else.
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; frame-src 'self'; base-uri 'none'; form-action 'self'"
)
HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_CODES: Final = {400: "unreadable_body", 404: "not_found", 405: "method_not_allowed"}


class Pages:
    """The console's templates; each is told the origin that Kith is served on."""

    def __init__(self, origin: str) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(PAGES), autoescape=select_autoescape(), trim_blocks=True
        )
        self._templates.filters["moment"] = _moment
        self._origin = origin

    def render(self, template: str, /, **values: Any) -> Response:
        text = self._templates.get_template(template).render(origin=self._origin, **values)
        return HTMLResponse(text, headers={**HEADERS, "Content-Security-Policy": _POLICY})


async def json_body(request: Request) -> object:
    try:
        return json.loads(await request.body())
    except ValueError as error:
        raise HTTPException(400, "the body is no JSON") from error


def wants_page(request: Request) -> bool:
    """A browser says that it would like HTML; curl and programs do not."""
    return "text/html" in request.headers.get("accept", "")


def json_response(content: Mapping[str, Any]) -> Response:
    return JSONResponse(content, headers=HEADERS)


def problem(status: int, detail: str, code: str) -> Response:
    title = HTTPStatus(status).phrase
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    kind = "application/problem+json"
    return JSONResponse({**content, "code": code}, status, headers=HEADERS, media_type=kind)


def problem_of(_: Request, error: Exception) -> Response:
    """An ``HTTPException`` as a problem."""
    if not isinstance(error, HTTPException):
        raise error
    answer = problem(error.status_code, error.detail, _CODES.get(error.status_code, "refused"))
    answer.headers.update(error.headers or {})
    return answer


def _moment(text: str) -> str:
    """A time for people: day and minute, in UTC."""
    return f"{datetime.fromisoformat(text):%d %b %Y, %H:%M}"
