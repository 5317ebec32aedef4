"""Routes that take what they know and nothing else: ids, query parameters, JSON bodies.

What is refused here is refused after the request was authenticated and counted, as everything else
of a protected route: who is nobody learns nothing of it.
"""

import re
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any, Final

from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import File, Form, Query
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from kith.errors import Fault, Invalid, KithError
from kith.http.authentication import authenticators_of
from kith.http.strict_json import StrictJsonRequest, require_json

RouteHandler = Callable[[Request], Coroutine[None, None, Response]]

# Parameters of paths that are numbers, and how a number is spelled: in one way.
NUMBERS_IN_PATHS: Final = frozenset({"contact_id", "phone_id", "date_id"})
_CANONICAL: Final = re.compile("0|[1-9][0-9]{0,18}")
_MOST_FAULTS: Final = 20
_LONGEST_NAME: Final = 100


class StrictRoute(APIRoute):
    """A route that no other spelling of an id reaches, and no parameter that it does not know.

    ``/api/contacts/trash`` is no contact, so other methods of it are not allowed (405) rather than
    sent to the contact that is called so.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child_scope = super().matches(scope)
        if match is not Match.NONE and not _all_canonical(child_scope["path_params"]):
            return Match.NONE, {}
        return match, child_scope

    def get_route_handler(self) -> RouteHandler:
        handle = super().get_route_handler()
        known = query_parameters(self.dependant)
        authenticators = authenticators_of(self.dependant)
        body = self.body_field
        has_json = body is not None and not isinstance(body.field_info, Form | File)
        is_optional = body is not None and not body.field_info.is_required()

        async def check(request: Request) -> None:
            if request.scope["query_string"]:
                _refuse_unknown(request.query_params.keys() - known)
            if has_json and not (is_optional and not await request.body()):
                await require_json(request)

        async def handle_strictly(request: Request) -> Response:
            if has_json:
                request = StrictJsonRequest(request.scope, request.receive)
            try:
                await check(request)
            except KithError:
                for authenticate in authenticators:
                    await authenticate(request)
                raise
            return await handle(request)

        return handle_strictly


def query_parameters(dependant: Dependant) -> frozenset[str]:
    """The names of the query parameters that a route and its dependencies take."""
    parameters = get_flat_params(dependant)
    return frozenset(each.alias for each in parameters if isinstance(each.field_info, Query))


def allowed_methods(routes: list[BaseRoute], scope: Scope) -> list[str]:
    """The methods of an address, for ``Allow`` (RFC 9110, 10.2.1)."""
    found = (route for route in routes if route.matches(scope)[0] is not Match.NONE)
    return sorted({method for route in found for method in _methods(route)} - {"HEAD"})


def _methods(route: BaseRoute) -> Iterator[str]:
    yield from getattr(route, "methods", None) or ()


def _all_canonical(path_params: Mapping[str, Any]) -> bool:
    return all(
        _CANONICAL.fullmatch(value)
        for name, value in path_params.items()
        if name in NUMBERS_IN_PATHS
    )


def _refuse_unknown(names: set[str]) -> None:
    if names:
        raise Invalid(faults=[_unknown(name) for name in sorted(names)[:_MOST_FAULTS]])


def _unknown(name: str) -> Fault:
    pointer = name[:_LONGEST_NAME].replace("~", "~0").replace("/", "~1")
    detail = "There is no such parameter."
    return Fault(f"/query/{pointer}", "unknown_parameter", detail)
