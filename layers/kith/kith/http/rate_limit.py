"""Rate limits of routes: a request is counted before anything else is done for it."""

from datetime import timedelta
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from kith import clock
from kith.errors import TooManyRequests
from kith.http.authentication import (
    AUTHENTICATORS,
    AuthenticatedUser,
    authenticate_request,
    client_address,
)
from kith.http.problems import request_id
from kith.limits.limiter import limiter
from kith.limits.windows import Limit
from kith.settings import settings
from kith.telemetry import count_metric, log_warning


def count_request(request: Request, limit: Limit, subject: str) -> None:
    """Count a request, and give its response the headers that describe the limit.

    Raises:
        TooManyRequests: the limit of this window is used up.
    """
    result = limiter().hit(limit, subject, clock.now())
    request.scope["kith.headers"].update(result.headers())
    if not result.allowed:
        origin = client_address(request)
        log_warning("throttled", limit=limit.name, origin=origin, request_id=request_id(request))
        count_metric("Throttled", about={"limit": limit.name})
        raise TooManyRequests(result.resets_in, headers=result.headers())


async def get_rate_limited_user(request: Request) -> AuthenticatedUser:
    """The signed-in user, with this request counted.

    Raises:
        NotAuthenticated: nobody is signed in.
        TooManyRequests: the requests of this minute are used up.
    """
    user = authenticate_request(request)
    limit = Limit("contacts", settings().contacts_requests, timedelta(minutes=1))
    count_request(request, limit, str(user.id))
    return user


AUTHENTICATORS.add(get_rate_limited_user)
RateLimitedUser = Annotated[AuthenticatedUser, Depends(get_rate_limited_user)]
