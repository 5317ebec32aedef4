"""Strict JSON request bodies: as RFC 8259 has it, and only under a content type of JSON."""

import json
from typing import Final

from starlette.requests import Request

from kith.errors import UnsupportedMedia

_UTF_8: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


class StrictJsonRequest(Request):
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


async def require_json(request: Request) -> None:
    """Check the content type of a JSON body, and its encoding (RFC 8259, 8.1).

    Raises:
        UnsupportedMedia: it is said to be something else, or is not in UTF-8.
    """
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    if not _is_json(media_type.strip().lower()) or not _is_utf_8(parameters):
        raise UnsupportedMedia
    if json.detect_encoding((await request.body())[:4]) not in {"utf-8", "utf-8-sig"}:
        raise UnsupportedMedia


def _is_json(media_type: str) -> bool:
    """``application/json`` or a ``+json`` type (RFC 6839)."""
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )


def _is_utf_8(parameters: str) -> bool:
    """``utf-8`` or nothing as ``charset``; other parameters do not matter."""
    pairs = (each.partition("=") for each in parameters.lower().split(";"))
    return all(value.strip(' "') in _UTF_8 for name, _, value in pairs if name.strip() == "charset")
