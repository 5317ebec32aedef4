"""Pagination: by ``skip`` and ``limit``, or by an opaque cursor that stays quick at any depth."""

import json
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from pydantic import BeforeValidator, Field

from kith.base64url import decode_base64url, encode_base64url
from kith.errors import Fault, Invalid
from kith.settings import settings


def _require_digits(value: object) -> object:
    """Python would also read ``1_0``, ``+1`` and digits of other scripts."""
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        raise ValueError("must be a whole number, in the digits 0 to 9")
    return value


# Bounds stand within: outside of a validator they are checked, but not documented.
InDigits = BeforeValidator(_require_digits)
Skip = Annotated[int, Field(ge=0, le=10_000), InDigits, Query(description="How many to leave out.")]
PageSize = Annotated[
    int, Field(ge=1, le=500), InDigits, Query(alias="limit", description="At most so many.")
]
Cursor = Annotated[
    str | None,
    Query(
        max_length=1000,
        pattern="^[A-Za-z0-9_=-]*$",
        description="`next_cursor` of the page before.",
    ),
]


class CursorInvalid(Invalid):
    code = "cursor_invalid"
    detail = "This cursor is none of ours."

    def __init__(self) -> None:
        super().__init__(faults=[Fault("/query/cursor", self.code, self.detail)])


def encode_cursor(position: Sequence[str | int | None]) -> str:
    """An opaque cursor for a position made of strings, numbers and nulls."""
    return encode_base64url(json.dumps(position).encode())


def decode_cursor(cursor: str, kinds: tuple[type | tuple[type, ...], ...]) -> list[Any]:
    """The position that a cursor stands for; ``kinds`` are the types of its parts.

    Raises:
        CursorInvalid: it was not made here, or for another list.
    """
    try:
        position = json.loads(decode_base64url(cursor))
    except (ValueError, RecursionError):
        raise CursorInvalid from None
    if not isinstance(position, list) or len(position) != len(kinds):
        raise CursorInvalid
    if not all(isinstance(each, kind) for each, kind in zip(position, kinds, strict=True)):
        raise CursorInvalid
    return position


def link_to_next(path: str, query: dict[str, str]) -> str:
    """A ``Link`` header (RFC 8288) to the next page, from the configured origin."""
    return f'<{settings().public_base_url}{path}?{urlencode(query)}>; rel="next"'
