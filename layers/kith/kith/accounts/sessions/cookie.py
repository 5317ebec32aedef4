"""Sessions of browsers: the refresh token lies in a cookie that no script can read.

Only a request that says ``X-Session: cookie`` is given the cookie, or has it looked at; and only
one whose ``Origin`` is ours. A page of somebody else can send neither: the header needs a preflight
that nobody answers with credentials, and the origin is the browser's word. The cookie by itself is
nothing.
"""

from typing import Annotated, Final, Literal

from fastapi import Depends, Header
from starlette.requests import Request
from starlette.responses import Response

from kith.accounts.dependencies import empty_response, model_response
from kith.accounts.schemas import TokenPair
from kith.errors import NotAllowed
from kith.settings import settings

SESSION_COOKIE: Final = "__Host-kith"


class OriginNotAllowed(NotAllowed):
    code = "origin_not_allowed"
    detail = "A session in a cookie is for pages of this address only."


async def is_cookie_session(
    request: Request,
    x_session: Annotated[
        Literal["cookie"] | None,
        Header(description="`cookie`: the refresh token comes and goes in a cookie."),
    ] = None,
) -> bool:
    """Whether the client is a browser that keeps its refresh token in the cookie.

    Raises:
        OriginNotAllowed: it asks for that from another origin than ours, or from none.
    """
    if x_session is None:
        return False
    if request.headers.getlist("origin") != [settings().public_base_url]:
        raise OriginNotAllowed
    return True


CookieSession = Annotated[bool, Depends(is_cookie_session)]


def token_response(pair: TokenPair, *, in_cookie: bool) -> Response:
    """The tokens of a session: both in the body, or the refresh token in the cookie."""
    if not in_cookie:
        return model_response(pair)
    tokens = pair.model_dump_json(exclude={"refresh_token"})
    seconds = int(min(settings().session_idle, settings().session_life).total_seconds())
    headers = {"Set-Cookie": _cookie(pair.refresh_token or "", seconds)}
    return Response(tokens, headers=headers, media_type="application/json")


def ended_response(*, in_cookie: bool) -> Response:
    """No content; a browser also throws its cookie away."""
    response = empty_response()
    if in_cookie:
        response.headers["Set-Cookie"] = expired_cookie()
    return response


def expired_cookie() -> str:
    """A ``Set-Cookie`` that removes the cookie."""
    return _cookie("", 0)


def _cookie(value: str, seconds: int) -> str:
    return f"{SESSION_COOKIE}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Strict"
