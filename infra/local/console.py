"""What the local cloud shows and what can be set: its state, the mailbox, the clock.

The gateway lets only this machine in (peer and `Host`); nothing here runs on AWS.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from infra.local import clock
from infra.local.mail.mailbox import Letter
from infra.local.mail.ses_recorder import Faults

if TYPE_CHECKING:
    from infra.local.cloud import Cloud

MOST_SHOWN = 500  # on the page; as JSON they are all there
PAGES = Path(__file__).with_name("pages")
ASSETS = {"style.css": "text/css", "state.js": "text/javascript", "kith.svg": "image/svg+xml"}
# A page of ours loads nothing from elsewhere.
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; frame-src 'self'; base-uri 'none'; form-action 'none'"
)
# A letter may show pictures, and that is all: no scripts, no forms, an origin of its own.
_LETTER_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; "
    "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def create_console(cloud: "Cloud") -> ASGIApp:
    console = Console(cloud)
    return Starlette(
        routes=[
            Route("/", console.home, methods=["GET"]),
            Route("/_local/state", console.state, methods=["GET"]),
            Route("/_local/clock", console.clock, methods=["GET", "PUT", "DELETE"]),
            Route("/_local/mail", console.mail, methods=["GET", "DELETE"]),
            Route("/_local/mail/faults", console.faults, methods=["GET", "PUT", "DELETE"]),
            Route("/_local/mail/{letter_id}", console.letter, methods=["GET"]),
            Route("/_local/mail/{letter_id}/html", console.letter_html, methods=["GET"]),
            Route("/_local/assets/{name}", console.asset, methods=["GET"]),
        ],
        exception_handlers={HTTPException: _problem_of},
    )


class Console:
    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud
        self._pages = Environment(
            loader=FileSystemLoader(PAGES), autoescape=select_autoescape(), trim_blocks=True
        )
        self._pages.filters["moment"] = _moment

    # ------------------------------------------------------------ pages and state

    async def home(self, _: Request) -> Response:
        state = await self._cloud.state()
        return self._page("home.html", state=state, now=self._cloud.clock.now())

    async def state(self, _: Request) -> Response:
        return _json({**await self._cloud.state(), "clock": self._clock_shown()})

    async def asset(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in ASSETS:
            raise HTTPException(404)
        return FileResponse(PAGES / name, media_type=ASSETS[name], headers=_HEADERS)

    # ------------------------------------------------------------ the mailbox

    async def mail(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._cloud.mailbox.empty()
            return Response(status_code=204)
        to = request.query_params.get("to", "")
        letters = self._cloud.mailbox.letters(to)
        if _wants_a_page(request):
            return self._page("mailbox.html", letters=letters[: -MOST_SHOWN - 1 : -1], to=to)
        return _json({"items": [letter.shown() for letter in letters]})

    async def letter(self, request: Request) -> Response:
        letter = self._letter(request)
        if "json" in request.headers.get("accept", ""):
            return _json(letter.shown())
        return self._page("letter.html", letter=letter)

    async def letter_html(self, request: Request) -> Response:
        """The letter as it was sent; its links open in a new tab."""
        headers = {**_HEADERS, "Content-Security-Policy": _LETTER_POLICY}
        html = self._letter(request).html
        shown, found = re.subn(r"(<head[^>]*>)", r'\1<base target="_blank">', html, count=1)
        return HTMLResponse(shown if found else f'<base target="_blank">{html}', headers=headers)

    async def faults(self, request: Request) -> Response:
        recorder = self._cloud.recorder
        if request.method == "DELETE":
            recorder.faults = Faults()
            return Response(status_code=204)
        if request.method == "PUT":
            try:
                recorder.faults = Faults.asked_for(await _body(request))
            except ValueError as error:
                return _problem(422, str(error), "validation_failed")
        return _json(recorder.faults.shown())

    def _letter(self, request: Request) -> Letter:
        letter = self._cloud.mailbox.letter(request.path_params["letter_id"])
        if letter is None:
            raise HTTPException(404)
        return letter

    # ------------------------------------------------------------ the clock

    async def clock(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._cloud.clock.follow_the_machine()
            return Response(status_code=204)
        if request.method == "PUT":
            body = await _body(request)
            try:
                self._cloud.clock.move_to(clock.instant(_now_of(body)))
            except clock.UnreadableTime as error:
                return _problem(422, str(error), "validation_failed")
        return _json(self._clock_shown())

    def _clock_shown(self) -> dict[str, object]:
        moved = self._cloud.clock
        return {"now": clock.rfc3339(moved.now()), "offset_seconds": moved.offset.total_seconds()}

    def _page(self, name: str, **facts: Any) -> Response:
        text = self._pages.get_template(name).render(origin=self._cloud.origin, **facts)
        return HTMLResponse(text, headers={**_HEADERS, "Content-Security-Policy": _POLICY})


async def _body(request: Request) -> object:
    try:
        return json.loads(await request.body())
    except ValueError as error:
        raise HTTPException(400, "the body is no JSON") from error


def _now_of(body: object) -> object:
    if not isinstance(body, dict) or set(body) != {"now"}:
        raise clock.UnreadableTime('expected {"now": "2027-02-28T12:00:00Z"}')
    return body["now"]


def _wants_a_page(request: Request) -> bool:
    """A browser says that it would like HTML; curl and programs do not."""
    return "text/html" in request.headers.get("accept", "")


def _json(content: Mapping[str, Any]) -> Response:
    return JSONResponse(content, headers=_HEADERS)


def _problem_of(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    code = {400: "unreadable_body", 404: "not_found", 405: "method_not_allowed"}
    answer = _problem(error.status_code, error.detail, code.get(error.status_code, "refused"))
    answer.headers.update(error.headers or {})
    return answer


def _problem(status: int, detail: str, code: str) -> Response:
    title = HTTPStatus(status).phrase
    problem = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    kind = "application/problem+json"
    return JSONResponse({**problem, "code": code}, status, headers=_HEADERS, media_type=kind)


def _moment(text: str) -> str:
    """A time for people: day and minute, in UTC."""
    return f"{datetime.fromisoformat(text):%d %b %Y, %H:%M}"
