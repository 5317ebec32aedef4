"""Dependencies and responses that the routes of the accounts share."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import Depends
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from kith.accounts.entities import Caller
from kith.accounts.models import User
from kith.accounts.schemas import UserAnswer
from kith.http.authentication import client_address

_LONGEST_DEVICE: Final = 200


async def get_caller(request: Request) -> Caller:
    """The client: its address as the gateway saw it, the device as it calls itself."""
    user_agent = request.headers.get("user-agent", "")
    device = "".join(each for each in user_agent if each.isprintable())[:_LONGEST_DEVICE]
    return Caller(origin=client_address(request), device=device)


CurrentCaller = Annotated[Caller, Depends(get_caller)]


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
