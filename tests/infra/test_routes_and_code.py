"""The template and the code know the same routes, and each route leads to the door that has it."""

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

from infra.local.stack.loader import read
from infra.local.stack.model import Stack
from kith.http.authentication import get_current_user
from kith.http.rate_limit import get_rate_limited_user
from kith.http.strict_route import StrictRoute
from kith.reference.document import all_routes
from kith.reference.router import router as reference
from tests.events import request

ROOT = Path(__file__).parents[2]


def normal(method: str, path: str) -> str:
    """Parameters are called differently, and API Gateway cannot match a suffix."""
    return f"{method} {re.sub(r'{[^}]+}(?:[.]ics)?', '{}', path)}"


def of_the_code() -> dict[str, Any]:
    routes = [*all_routes(), *reference.routes]
    return {
        normal(method, route.path): route  # type: ignore[attr-defined] # both kinds have one
        for route in routes
        for method in route.methods or ()  # type: ignore[attr-defined] # as above
    }


def test_every_route_refuses_parameters_that_it_does_not_know() -> None:
    for route in of_the_code().values():
        assert isinstance(route, StrictRoute), route.path


@pytest.fixture(scope="module")
def stack() -> Stack:
    return read(ROOT / "template.yaml", {"Stage": "local"}, {})


def test_every_route_of_the_template_is_in_the_code_and_the_other_way_round(stack: Stack) -> None:
    of_the_template = {normal(each.method, each.path) for each in stack.api.routes}

    assert of_the_template == set(of_the_code())


def test_what_the_code_protects_the_gateway_protects_and_nothing_else(stack: Stack) -> None:
    known = of_the_code()

    for each in stack.api.routes:
        route = known[normal(each.method, each.path)]
        asked = _asks(route.dependant)
        assert asked == (each.authorizer is not None), (each.method, each.path)


def _asks(dependant: Any) -> bool:
    return any(
        each.call in {get_current_user, get_rate_limited_user} or _asks(each)
        for each in dependant.dependencies
    )


def test_each_protected_door_refuses_whatever_comes_without_the_authorizers_word(
    stack: Stack,
) -> None:
    """Whatever the gateway did: InfoQ reported authorizers that were walked around by spelling."""
    for each in stack.api.routes:
        if each.authorizer is None:
            continue
        door = importlib.import_module(
            f"functions.{each.function.removesuffix('Function').lower()}.app"
        )
        event = request(each.method, re.sub(r"{[^}]+}", "1", each.path))
        event["headers"]["content-type"] = "application/json"

        answer = door.handler(event, None)

        assert answer["statusCode"] == 401, (each.method, each.path)


def test_who_is_nobody_is_told_so_before_anything_about_the_body(stack: Stack) -> None:
    """401 comes before 415: what a route takes is nobody's business who may not use it."""
    for each in stack.api.routes:
        if each.authorizer is None or each.method == "GET":
            continue
        door = importlib.import_module(
            f"functions.{each.function.removesuffix('Function').lower()}.app"
        )
        event = request(each.method, re.sub(r"{[^}]+}", "1", each.path), raw=b"<x/>")
        event["headers"]["content-type"] = "text/xml"

        assert door.handler(event, None)["statusCode"] == 401, (each.method, each.path)
