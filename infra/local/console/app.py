"""The console of the local cloud: its state, clock, requests, letters, tables and users.

The gateway lets only this machine in (peer and `Host`); nothing here runs on AWS.
"""

import json
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from infra.local import clock
from infra.local.console.events import prepared_events
from infra.local.console.mail import MailRoutes
from infra.local.console.rendering import (
    HEADERS,
    PAGES,
    Pages,
    json_body,
    json_response,
    problem,
    problem_of,
    wants_page,
)
from infra.local.console.tables import TableRoutes
from infra.local.console.users import UserRoutes

if TYPE_CHECKING:
    from infra.local.cloud import Cloud

ASSETS: Final = {
    "style.css": "text/css",
    "state.js": "text/javascript",
    "invoke.js": "text/javascript",
    "kith.svg": "image/svg+xml",
}


def create_console(cloud: "Cloud") -> ASGIApp:
    pages = Pages(cloud.origin)
    parts = (Console(cloud, pages), MailRoutes(cloud, pages), TableRoutes(cloud, pages))
    users = UserRoutes(cloud, pages)
    return Starlette(
        routes=[route for part in (*parts, users) for route in part.routes()],
        exception_handlers={HTTPException: problem_of},
    )


class Console:
    """What is running, what it did, and what time it is there."""

    def __init__(self, cloud: "Cloud", pages: Pages) -> None:
        self._cloud = cloud
        self._pages = pages

    def routes(self) -> list[Route]:
        return [
            Route("/", self.home, methods=["GET"]),
            Route("/_local/state", self.state, methods=["GET"]),
            Route("/_local/requests", self.requests, methods=["GET"]),
            Route("/_local/functions", self.functions, methods=["GET"]),
            Route("/_local/clock", self.clock, methods=["GET", "PUT", "DELETE"]),
            Route("/_local/assets/{name}", self.asset, methods=["GET"]),
        ]

    async def home(self, _: Request) -> Response:
        state = await self._cloud.state()
        return self._pages.render("home.html", state=state, now=self._cloud.clock.now())

    async def state(self, _: Request) -> Response:
        return json_response({**await self._cloud.state(), "clock": self._clock_shown()})

    async def requests(self, request: Request) -> Response:
        """The last requests, the newest first, with what the functions logged."""
        requests = list(self._cloud.requests.newest_first())
        if wants_page(request):
            return self._pages.render("requests.html", requests=requests)
        return json_response({"items": requests})

    async def functions(self, request: Request) -> Response:
        """Each function with an event to invoke it by."""
        events = prepared_events(self._cloud.stack, self._cloud.clock.now())
        if wants_page(request):
            shown = {name: json.dumps(event, indent=2) for name, event in events.items()}
            chosen = request.query_params.get("name", "")
            return self._pages.render("functions.html", events=shown, chosen=chosen)
        return json_response({"items": events})

    async def asset(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in ASSETS:
            raise HTTPException(404)
        return FileResponse(PAGES / name, media_type=ASSETS[name], headers=HEADERS)

    async def clock(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._cloud.clock.follow_the_machine()
            return Response(status_code=204)
        if request.method == "PUT":
            body = await json_body(request)
            try:
                self._cloud.clock.move_to(clock.instant(_now_of(body)))
            except clock.UnreadableTime as error:
                return problem(422, str(error), "validation_failed")
        return json_response(self._clock_shown())

    def _clock_shown(self) -> dict[str, object]:
        moved = self._cloud.clock
        return {"now": clock.rfc3339(moved.now()), "offset_seconds": moved.offset.total_seconds()}


def _now_of(body: object) -> object:
    if not isinstance(body, dict) or set(body) != {"now"}:
        raise clock.UnreadableTime('expected {"now": "2027-02-28T12:00:00Z"}')
    return body["now"]
