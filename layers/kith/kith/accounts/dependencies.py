"""What every route of the accounts asks of a request, and how it answers."""

from typing import Annotated, Final

from fastapi import Depends
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from kith.accounts.entities import Caller
from kith.http.authentication import client_address

_LONGEST_DEVICE: Final = 200


def get_caller(request: Request) -> Caller:
    """Who calls: the origin as the gateway saw it, the device as it calls itself."""
    named = request.headers.get("user-agent", "")
    device = "".join(each for each in named if each.isprintable())[:_LONGEST_DEVICE]
    return Caller(origin=client_address(request), device=device)


CurrentCaller = Annotated[Caller, Depends(get_caller)]


def model_response(
    model: BaseModel, status: int = 200, *, headers: dict[str, str] | None = None
) -> Response:
    """A model as JSON, written once and by Pydantic itself."""
    return Response(model.model_dump_json(), status, headers=headers, media_type="application/json")


def empty_response(status: int = 204) -> Response:
    """An answer that says all by its status."""
    return Response(status_code=status)
