"""Limited routes: one more request of this user, counted before anything else is done."""

from datetime import timedelta
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from kith import clock
from kith.errors import TooManyRequests
from kith.http.authentication import AuthenticatedUser, authenticate_request
from kith.limits.limiter import limiter
from kith.limits.windows import Limit
from kith.settings import settings


async def get_rate_limited_user(request: Request) -> AuthenticatedUser:
    """The signed-in user, after one more request was counted for them.

    Raises:
        NotAuthenticated: nobody is signed in.
        TooManyRequests: the minute's requests are used up; nothing else was done.
    """
    who = authenticate_request(request)
    limit = Limit("contacts", settings().contacts_requests, timedelta(minutes=1))
    verdict = limiter().hit(limit, str(who.id), clock.now())
    request.scope["kith.headers"].update(verdict.headers())
    if not verdict.allowed:
        raise TooManyRequests(verdict.resets_in, headers=verdict.headers())
    return who


RateLimitedUser = Annotated[AuthenticatedUser, Depends(get_rate_limited_user)]
