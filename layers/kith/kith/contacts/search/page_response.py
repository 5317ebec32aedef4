"""Pages over HTTP: what is on them, where the next one begins, and no more than can be carried."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from fastapi import Request, Response
from pydantic_core import to_json

from kith.contacts.dependencies import next_page_header
from kith.contacts.search.cursors import encode_sort_cursor
from kith.contacts.search.repository import PageRequest
from kith.contacts.search.service import ContactSlice

_LARGEST_BYTES: Final = 5_000_000  # a Lambda answers with 6 MB at most, headers included


def answered(
    request: Request, stretch: PageRequest, find_page: Callable[[PageRequest], ContactSlice]
) -> Response:
    """A page; a shorter one than was asked for where its contacts are very long."""
    page = find_page(stretch)
    cursor = encode_sort_cursor(stretch.sort, page.last) if page.last else None
    total = {} if page.total is None else {"total": page.total}
    body = to_json({"items": page.items, "next_cursor": cursor, **total})
    if len(body) > _LARGEST_BYTES and len(page.items) > 1:
        return answered(request, replace(stretch, limit=len(page.items) // 2), find_page)
    next_page = next_page_header(request, request.scope["path"], cursor)
    return Response(body, headers=next_page, media_type="application/json")
