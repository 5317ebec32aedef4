"""Dependencies and responses that the routes of the accounts share."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final

from fastapi import Depends
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from kith import clock
from kith.accounts.entities import Caller
from kith.accounts.models import User
from kith.accounts.schemas import UserAnswer
from kith.accounts.throttles import origin_key
from kith.errors import NotAuthenticated
from kith.http.authentication import AuthenticatedUser, CurrentUser, client_address
from kith.http.problems import request_id
from kith.http.rate_limit import count_request
from kith.limits.windows import Limit
from kith.settings import settings

_LONGEST_DEVICE: Final = 200


class FreshProofNeeded(NotAuthenticated):
    """Signed in, but for this route too long ago."""

    code = "fresh_proof_needed"
    detail = "Prove once more that it is you, at POST /api/auth/proof."


async def get_caller(request: Request) -> Caller:
    """The client: its address as the gateway saw it, the device as it calls itself."""
    user_agent = request.headers.get("user-agent", "")
    device = "".join(each for each in user_agent if each.isprintable())[:_LONGEST_DEVICE]
    return Caller(client_address(request), device, request_id(request))


async def get_account_user(user: CurrentUser, request: Request) -> AuthenticatedUser:
    """The signed-in user, with this request to their account counted.

    Raises:
        NotAuthenticated: nobody is signed in.
        TooManyRequests: the requests of this minute are used up.
    """
    limit = Limit("account", settings().account_requests, timedelta(minutes=1))
    count_request(request, limit, str(user.id))
    return user


def require_fresh_proof(user: AuthenticatedUser) -> None:
    """Raises FreshProofNeeded: the last authentication in this session is too long ago."""
    if clock.now().timestamp() - user.authenticated_at > settings().proof_life.total_seconds():
        raise FreshProofNeeded


async def get_fresh_user(
    user: Annotated[AuthenticatedUser, Depends(get_account_user)],
) -> AuthenticatedUser:
    """The signed-in user, who has authenticated just now (step-up authentication).

    Raises:
        NotAuthenticated, TooManyRequests: see ``get_account_user``.
        FreshProofNeeded: it is too long ago.
    """
    require_fresh_proof(user)
    return user


CurrentCaller = Annotated[Caller, Depends(get_caller)]
AccountUser = Annotated[AuthenticatedUser, Depends(get_account_user)]
FreshUser = Annotated[AuthenticatedUser, Depends(get_fresh_user)]


async def limit_exports(user: AccountUser, request: Request) -> None:
    """Raises TooManyRequests: this hour's exports are used up."""
    limit = Limit("export", settings().account_exports, timedelta(hours=1))
    count_request(request, limit, str(user.id))


async def limit_refreshes(caller: CurrentCaller, request: Request) -> None:
    """Raises TooManyRequests: this origin's refreshes of the minute are used up."""
    limit = Limit("refresh", settings().refreshes_per_origin, timedelta(minutes=1))
    count_request(request, limit, origin_key(caller))


def model_response(
    model: BaseModel, status: int = 200, *, headers: Mapping[str, str] | None = None
) -> Response:
    """A model as JSON, written once and by Pydantic itself."""
    return Response(model.model_dump_json(), status, headers=headers, media_type="application/json")


def user_response(
    user: User, status: int = 200, *, headers: Mapping[str, str] | None = None
) -> Response:
    """An account as its owner sees it, with its entity tag."""
    answer = UserAnswer.of(user)
    return model_response(answer, status, headers={"ETag": answer.etag, **(headers or {})})


def empty_response(status: int = 204) -> Response:
    """A response that says all by its status."""
    return Response(status_code=status)
