"""Scopes of personal access tokens (RFC 6749, 3.3): which of them a route asks for.

What is not listed here cannot be reached by a personal token: the account, its sessions, tokens and
factors, its deletion and export, and pictures of users.
"""

from typing import Final, Literal, NamedTuple, get_args

Scope = Literal["birthdays:read", "contacts:read", "contacts:write", "profile:read"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)


class _RouteScopes(NamedTuple):
    """The scopes of the routes under a path; ``None`` where no personal token gets in."""

    path: str
    to_read: Scope | None
    to_write: Scope | None = None


# The first that matches counts.
_ROUTES: Final = (
    _RouteScopes("/api/contacts/upcoming_birthdays", "birthdays:read"),
    _RouteScopes("/api/contacts/upcoming_dates", "birthdays:read"),
    _RouteScopes("/api/birthdays", "birthdays:read"),
    _RouteScopes("/api/contacts", "contacts:read", "contacts:write"),
    _RouteScopes("/api/phones", "contacts:read", "contacts:write"),
    _RouteScopes("/api/tags", "contacts:read", "contacts:write"),
)
_PROFILE: Final = "/api/users/me"


def required_scope(method: str, path: str) -> Scope | None:
    """The scope that a personal token needs for a route, by its method and the path it has.

    ``None``: no personal token gets in, whatever its scopes.
    """
    reads = method in {"GET", "HEAD"}
    if path == _PROFILE:
        return "profile:read" if reads else None
    for route in _ROUTES:
        if path == route.path or path.startswith(f"{route.path}/"):
            return route.to_read if reads else route.to_write
    return None
