"""Reading bodies strictly: JSON as RFC 8259 has it, and only where JSON was promised."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from kith.errors import UnsupportedMedia


class _StrictRequest(Request):
    """A request whose JSON knows no NaN, no Infinity and no bytes that are not UTF-8."""

    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            self._json = loads(await self.body())
        return self._json


def loads(body: bytes) -> Any:
    """JSON out of bytes.

    Raises:
        json.JSONDecodeError: it is none, or only Python would call it JSON.
    """
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (UnicodeDecodeError, RecursionError, ValueError) as why:
        if isinstance(why, json.JSONDecodeError):
            raise
        raise json.JSONDecodeError("not JSON", "", 0) from None


def _refuse_constant(name: str) -> None:
    raise json.JSONDecodeError(f"{name} is not JSON", "", 0)


class StrictRoute(APIRoute):
    """A route whose JSON body must be called JSON, and be it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        wants_json = self.body_field is not None and self._takes_json()

        async def strictly(request: Request) -> Response:
            if wants_json and not _is_json(request.headers.get("content-type", "")):
                raise UnsupportedMedia
            return await handle(_StrictRequest(request.scope, request.receive))

        return strictly if wants_json else handle

    def _takes_json(self) -> bool:
        from fastapi import params

        assert self.body_field is not None  # noqa: S101 - asked by the caller
        return not isinstance(self.body_field.field_info, params.Form | params.File)


def _is_json(content_type: str) -> bool:
    """``application/json`` or a ``+json`` type (RFC 6839), whatever its parameters."""
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
