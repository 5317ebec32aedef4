"""Who is asking: what the authorizer found out, looked at once more by the function itself.

The gateway calls a protected function only after the authorizer. A function still trusts nothing:
where the authorizer's word is missing or malformed, nobody is signed in.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends
from starlette.requests import Request

from kith.errors import NotAuthenticated, Unavailable

_DENIALS: Final = {
    "token_expired": "The access token has expired; refresh it.",
    "session_revoked": "This session has ended; sign in again.",
}


@dataclass(frozen=True, slots=True)
class AuthenticatedUser:
    """The signed-in user, as the authorizer describes them."""

    id: UUID
    session_id: UUID
    verified: bool
    time_zone: str
    locale: str
    leap_day: str


def authenticate_request(request: Request) -> AuthenticatedUser:
    """The user that the authorizer vouches for.

    Raises:
        NotAuthenticated: nobody, or a token of ours that no longer counts.
        Unavailable: at the moment nobody can tell whether it counts.
    """
    word = _authorizers_word(request.scope.get("aws.event", {}))
    denied = word.get("denied")
    if denied == "unavailable":
        raise Unavailable
    if denied in _DENIALS:
        raise NotAuthenticated(_DENIALS[denied], code=denied)
    try:
        return _read(word)
    except (KeyError, ValueError, TypeError, AttributeError):
        raise NotAuthenticated from None


def _authorizers_word(event: dict[str, Any]) -> dict[str, Any]:
    authorizer = event.get("requestContext", {}).get("authorizer") or {}
    word = authorizer.get("lambda") or {}
    return word if isinstance(word, dict) else {}


def _read(word: dict[str, Any]) -> AuthenticatedUser:
    return AuthenticatedUser(
        id=UUID(word["user_id"]),
        session_id=UUID(word["session_id"]),
        verified=word["verified"] == "true",
        time_zone=_filled(word["time_zone"]),
        locale=_filled(word["locale"]),
        leap_day=_filled(word["leap_day"]),
    )


def _filled(text: str) -> str:
    if not isinstance(text, str) or not text:
        raise ValueError("empty")
    return text


async def get_current_user(request: Request) -> AuthenticatedUser:
    """The same for a route; `async`, because a plain function would be sent to a thread."""
    return authenticate_request(request)


CurrentUser = Annotated[AuthenticatedUser, Depends(get_current_user)]


def client_address(request: Request) -> str:
    """The caller's address as the gateway saw it, never a header that a client can write."""
    context = request.scope.get("aws.event", {}).get("requestContext", {})
    return str(context.get("http", {}).get("sourceIp", "unknown"))
