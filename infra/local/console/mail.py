"""The mailbox: the letters that the local SES accepted, and how it may misbehave."""

import re
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from infra.local.console.rendering import (
    HEADERS,
    Pages,
    json_body,
    json_response,
    problem,
    wants_page,
)
from infra.local.mail.mailbox import Letter
from infra.local.mail.ses_recorder import Faults

if TYPE_CHECKING:
    from infra.local.cloud import Cloud

MOST_SHOWN: Final = 500  # on the page; as JSON they are all there
# A letter may show pictures, and that is all: no scripts, no forms, an origin of its own.
_LETTER_POLICY: Final = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; "
    "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:"
)


class MailRoutes:
    def __init__(self, cloud: "Cloud", pages: Pages) -> None:
        self._cloud = cloud
        self._pages = pages

    def routes(self) -> list[Route]:
        return [
            Route("/_local/mail", self.mail, methods=["GET", "DELETE"]),
            Route("/_local/mail/faults", self.faults, methods=["GET", "PUT", "DELETE"]),
            Route("/_local/mail/{letter_id}", self.letter, methods=["GET"]),
            Route("/_local/mail/{letter_id}/html", self.letter_html, methods=["GET"]),
        ]

    async def mail(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._cloud.mailbox.empty()
            return Response(status_code=204)
        to = request.query_params.get("to", "")
        letters = self._cloud.mailbox.letters(to)
        if wants_page(request):
            newest = letters[: -MOST_SHOWN - 1 : -1]
            return self._pages.render("mailbox.html", letters=newest, to=to)
        return json_response({"items": [letter.shown() for letter in letters]})

    async def letter(self, request: Request) -> Response:
        letter = self._letter(request)
        if "json" in request.headers.get("accept", ""):
            return json_response(letter.shown())
        return self._pages.render("letter.html", letter=letter)

    async def letter_html(self, request: Request) -> Response:
        """The letter as it was sent; its links open in a new tab."""
        headers = {**HEADERS, "Content-Security-Policy": _LETTER_POLICY}
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
                recorder.faults = Faults.asked_for(await json_body(request))
            except ValueError as error:
                return problem(422, str(error), "validation_failed")
        return json_response(recorder.faults.shown())

    def _letter(self, request: Request) -> Letter:
        letter = self._cloud.mailbox.letter(request.path_params["letter_id"])
        if letter is None:
            raise HTTPException(404)
        return letter
