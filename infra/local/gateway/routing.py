"""Which route a request belongs to: one canonical path, and API Gateway's order among routes.

A path is decoded once. Spellings that two readers could take for two different paths (an encoded
slash, dot segments, empty segments, control characters) belong to no route and are refused. Among
routes the most specific wins: a literal segment beats a parameter, from left to right
(https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from infra.local.stack.model import Route

PLAIN = re.compile(rb"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+/?\Z")
BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
AMBIGUOUS = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")


class PathRefused(Exception):
    """The path has no canonical form."""


def canonical(raw_path: bytes) -> str:
    """The path, decoded once. Raises `PathRefused`."""
    if PLAIN.match(raw_path):
        return raw_path.decode()
    if not raw_path.startswith(b"/") or BAD_ESCAPE.search(raw_path) or b"%2f" in raw_path.lower():
        raise PathRefused
    try:
        path = unquote_to_bytes(raw_path).decode("utf-8")
    except UnicodeDecodeError:
        raise PathRefused from None
    if AMBIGUOUS.search(path) or "//" in path or _has_dots(path):
        raise PathRefused
    return path


def _has_dots(path: str) -> bool:
    return not {".", ".."}.isdisjoint(path.split("/"))


@dataclass(slots=True)
class _Node:
    """One segment of the routes of one method."""

    literals: dict[str, "_Node"] = field(default_factory=dict)
    parameter: "_Node | None" = None
    route: Route | None = None

    def add(self, segments: list[str], route: Route) -> None:
        if not segments:
            self.route = route
            return
        self._below(segments[0]).add(segments[1:], route)

    def _below(self, segment: str) -> "_Node":
        if not segment.startswith("{"):
            return self.literals.setdefault(segment, _Node())
        if self.parameter is None:
            self.parameter = _Node()
        return self.parameter

    def find(self, segments: list[str], at: int) -> Route | None:
        if at == len(segments):
            return self.route
        literal = self.literals.get(segments[at])
        found = literal.find(segments, at + 1) if literal else None
        if found is None and self.parameter is not None and segments[at]:
            found = self.parameter.find(segments, at + 1)
        return found


class Routes:
    """All routes of the API."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._roots: dict[str, _Node] = {}
        for route in routes:
            root = self._roots.setdefault(route.method, _Node())
            root.add(route.path.split("/")[1:], route)

    def find(self, method: str, path: str) -> Route | None:
        root = self._roots.get(method)
        return root.find(path.split("/")[1:], 0) if root else None

    def methods(self, path: str) -> list[str]:
        """The methods of the most specific routes with this path, for `Allow`."""
        found = {method: self.find(method, path) for method in self._roots}
        routes = {method: route for method, route in found.items() if route}
        best = min(map(_parameters_first, routes.values()), default=None)
        return [method for method, route in routes.items() if _parameters_first(route) == best]


def _parameters_first(route: Route) -> list[bool]:
    """Sorts a literal segment before a parameter, from left to right."""
    return [segment.startswith("{") for segment in route.path.split("/")]


def parameters(route: Route, path: str) -> dict[str, str]:
    """The values of the route's parameters in this path."""
    pairs = zip(route.path.split("/"), path.split("/"), strict=True)
    return {name[1:-1]: value for name, value in pairs if name.startswith("{")}


def loggable(route: Route, path: str, values: Mapping[str, str]) -> str:
    """The path as a log may show it: a link's secret is replaced by its parameter's name."""
    if values.keys().isdisjoint(SECRET_PARAMETERS):
        return path
    return route.path


SECRET_PARAMETERS = frozenset({"token", "feed"})
