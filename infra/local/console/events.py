"""Events to try a function by: what would invoke it, as the template says."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from uuid import uuid4

from infra.local import clock
from infra.local.gateway.payloads import Event, Peer, authorizer_event, request_event
from infra.local.stack.model import Route, Stack

_PEER: Final = Peer(address="127.0.0.1", port=8000, scheme="http")


def prepared_events(stack: Stack, now: datetime) -> Mapping[str, Event]:
    """An event for each function, by its logical id.

    A route's is its first ``GET``, asked by nobody; a queue's is an empty batch, so that nothing is
    done twice; a schedule's is a tick now.
    """
    return {name: _event(stack, name, now) for name in stack.functions}


def _event(stack: Stack, name: str, now: datetime) -> Event:
    routes = stack.api.routes
    if route := _first_get(each for each in routes if each.function == name):
        return _request(route)
    if any(each.function == name for each in stack.schedules):
        return {"time": clock.rfc3339(now)}
    if any(each.function == name for each in stack.sources):
        return {"Records": []}
    guarded = (each for each in routes if each.authorizer and each.authorizer.function == name)
    if route := _first_get(guarded):
        return authorizer_event(_request(route), ["Bearer <an access token>"])
    return {}


def _first_get(routes: Iterable[Route]) -> Route | None:
    return next((each for each in routes if each.method == "GET" and "{" not in each.path), None)


def _request(route: Route) -> Event:
    return request_event(
        route=route,
        method=route.method,
        path=route.path,
        parameters={},
        query=b"",
        headers=[(b"host", b"127.0.0.1:8000")],
        peer=_PEER,
        protocol="HTTP/1.1",
        request_id=str(uuid4()),
    )
