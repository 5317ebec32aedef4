"""Strict JSON request bodies: as RFC 8259 has it, and only under a content type of JSON."""

import json
from collections.abc import Callable, Coroutine

from fastapi.params import File, Form
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from kith.errors import UnsupportedMedia
from kith.http.authentication import authenticate_request, is_protected


class _StrictRequest(Request):
    """A request whose JSON knows no NaN, no Infinity and no bytes that are not UTF-8."""

    async def json(self) -> object:
        if not hasattr(self, "_json"):
            self._json = parse_json(await self.body())
        return self._json


def parse_json(body: bytes) -> object:
    """The value of a JSON text in UTF-8.

    Raises:
        json.JSONDecodeError: it is not JSON, or only Python would call it so.
    """
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        if isinstance(error, json.JSONDecodeError):
            raise
        raise json.JSONDecodeError("not JSON", "", 0) from None


def _refuse_constant(name: str) -> None:
    raise json.JSONDecodeError(f"{name} is not JSON", "", 0)


class StrictRoute(APIRoute):
    """A route whose JSON body must have a JSON content type, and be JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[None, None, Response]]:
        handle = super().get_route_handler()
        body = self.body_field
        if body is None or isinstance(body.field_info, Form | File):
            return handle

        protected = is_protected(self.dependant)
        optional = not body.field_info.is_required()

        async def handle_strictly(request: Request) -> Response:
            strict = _StrictRequest(request.scope, request.receive)
            if _is_json(request.headers.get("content-type", "")):
                return await handle(strict)
            if optional and not await strict.body():
                return await handle(strict)
            if protected:
                authenticate_request(request)  # who is nobody learns nothing of the route
            raise UnsupportedMedia

        return handle_strictly


def _is_json(content_type: str) -> bool:
    """``application/json`` or a ``+json`` type (RFC 6839), whatever its parameters."""
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
