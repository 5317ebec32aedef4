"""Liveness, readiness, and the public keys of our access tokens, over HTTP."""

from typing import Final

from starlette.responses import Response

from kith.accounts.dependencies import model_response
from kith.accounts.health.readiness import require_dependencies
from kith.accounts.tokens.jwks import build_jwks
from kith.http.application import make_router
from kith.http.openapi import error_responses
from kith.schema_base import ResponseModel, example

router = make_router("status")


class Status(ResponseModel):
    """How it is."""

    model_config = example(status="ok")

    status: str


@router.get("/healthchecker", operation_id="check_health_at_root", response_model=Status)
@router.get("/api/healthchecker", operation_id="check_health", response_model=Status)
async def check_health() -> Response:
    """Alive: leans on nothing else."""
    return model_response(Status(status="ok"))


@router.get(
    "/api/readiness",
    operation_id="check_readiness",
    response_model=Status,
    responses=error_responses(not_ready=503),
)
async def check_readiness() -> Response:
    """Ready: the database and the cache can be reached."""
    require_dependencies()
    return model_response(Status(status="ready"))


_KEY_SET: Final = {
    "type": "object",
    "required": ["keys"],
    "properties": {"keys": {"type": "array", "items": {"type": "object"}}},
}


@router.get(
    "/.well-known/jwks.json",
    operation_id="get_public_keys",
    responses={200: {"content": {"application/json": {"schema": _KEY_SET}}}},
)
async def read_public_keys() -> Response:
    """The public keys of our access tokens, as a JSON Web Key Set (RFC 7517)."""
    headers = {"Cache-Control": "public, max-age=300"}
    return Response(build_jwks(), headers=headers, media_type="application/json")
