"""Authentication of a request by the context that the Lambda authorizer attached to it.

The gateway invokes a protected function only after the authorizer. A function still trusts nothing:
where the authorizer's context is missing or malformed, the request is not authenticated.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Final, cast
from uuid import UUID

from fastapi import Depends
from fastapi.dependencies.models import Dependant
from starlette.requests import Request

from kith.errors import NotAuthenticated, ScopeMissing, Unavailable
from kith.json_types import JsonObject
from kith.scopes import required_scope

_DENIALS: Final = {
    "token_expired": "The access token has expired; refresh it.",
    "session_revoked": "This session has ended, or this token was revoked; sign in again.",
}


@dataclass(frozen=True, slots=True)
class AuthenticatedUser:
    """The signed-in user, as the authorizer describes them.

    Attributes:
        session_id: of a personal access token its own id.
        scopes: what a personal access token may do; ``None`` for a session, which may do all.
        authenticated_at: the last proof, in seconds since the epoch; 0 where there is none.
        aal: the assurance level: 1 or 2.
    """

    id: UUID
    session_id: UUID
    verified: bool
    time_zone: str
    locale: str
    leap_day: str
    authenticated_at: int
    aal: int
    scopes: frozenset[str] | None = None


def authenticate_request(request: Request) -> AuthenticatedUser:
    """The user that the authorizer found.

    Raises:
        NotAuthenticated: no user, or a token of ours that is expired or revoked.
        ScopeMissing: a personal access token that may not do this.
        Unavailable: the session could not be looked up.
    """
    refuse_denied(request)
    try:
        user = _parse_context(_authorizer_context(request))
    except (KeyError, ValueError, TypeError, AttributeError):
        raise NotAuthenticated from None
    _require_scope(request, user)
    return user


def refuse_denied(request: Request) -> None:
    """Raises NotAuthenticated or Unavailable where the authorizer passed on why it denied."""
    denied = _authorizer_context(request).get("denied")
    if denied == "unavailable":
        raise Unavailable
    if denied in _DENIALS:
        raise NotAuthenticated(_DENIALS[denied], code=denied)


def _require_scope(request: Request, user: AuthenticatedUser) -> None:
    """A personal token needs the scope of the route, and gets nowhere where there is none."""
    if user.scopes is None:
        return
    route = request.scope.get("route")
    if required_scope(request.method, getattr(route, "path", "")) not in user.scopes:
        raise ScopeMissing


def _authorizer_context(request: Request) -> Mapping[str, str]:
    """``{}`` unless the gateway passed a mapping; its values are checked where they are parsed."""
    authorizer = _request_context(request).get("authorizer") or {}
    context = authorizer.get("lambda")
    return context if isinstance(context, dict) else {}


def _parse_context(context: Mapping[str, str]) -> AuthenticatedUser:
    return AuthenticatedUser(
        id=UUID(context["user_id"]),
        session_id=UUID(context["session_id"]),
        verified=context["verified"] == "true",
        time_zone=_non_empty(context["time_zone"]),
        locale=_non_empty(context["locale"]),
        leap_day=_non_empty(context["leap_day"]),
        # An authorizer of an older release does not say it: then there is no recent proof.
        authenticated_at=int(context.get("authenticated_at", "0")),
        aal=int(context.get("aal", "1")),
        scopes=frozenset(context["scopes"].split()) if "scopes" in context else None,
    )


def _non_empty(text: str) -> str:
    if not isinstance(text, str) or not text:
        raise ValueError("empty")
    return text


async def get_current_user(request: Request) -> AuthenticatedUser:
    """The same for a route; `async`, because a plain function would be sent to a thread."""
    return authenticate_request(request)


CurrentUser = Annotated[AuthenticatedUser, Depends(get_current_user)]
# Dependencies that authenticate a request: a route that has one of them is protected.
AUTHENTICATORS: Final[set[Callable[..., object]]] = {get_current_user}


def authenticators_of(dependant: Dependant) -> list[Callable[[Request], Awaitable[object]]]:
    """The dependencies, of a route or of what it depends on, that authenticate its requests."""
    found: list[Callable[[Request], Awaitable[object]]] = []
    for sub in dependant.dependencies:
        if sub.call in AUTHENTICATORS:
            found.append(cast("Callable[[Request], Awaitable[object]]", sub.call))
        found += authenticators_of(sub)
    return list(dict.fromkeys(found))


def client_address(request: Request) -> str:
    """The client's IP address as the gateway saw it, never a header that a client can write."""
    return str(_request_context(request).get("http", {}).get("sourceIp", "unknown"))


def _request_context(request: Request) -> JsonObject:
    """``requestContext`` of API Gateway's event, payload format 2.0."""
    context: JsonObject = request.scope.get("aws.event", {}).get("requestContext", {})
    return context
