"""Pages over HTTP: what is on them, where the next one begins, and no more than can be carried."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from fastapi import Request, Response
from pydantic_core import to_json

from kith.contacts.dependencies import next_page_header
from kith.contacts.presenter import ContactJson
from kith.contacts.rows import ContactRow
from kith.contacts.search.cursors import encode_sort_cursor
from kith.contacts.search.repository import PageRequest
from kith.contacts.search.service import ContactSlice

_LARGEST_BYTES: Final = 5_000_000  # a Lambda answers with 6 MB at most, headers included


def page_response(
    request: Request,
    page_request: PageRequest,
    find_page: Callable[[PageRequest], ContactSlice],
    present: Callable[[ContactRow], ContactJson],
) -> Response:
    """A page; a shorter one than was asked for where its contacts are very long."""
    page = find_page(page_request)
    cursor = encode_sort_cursor(page_request.sort, page.last) if page.last else None
    total = {} if page.total is None else {"total": page.total}
    items = [present(row) for row in page.items]
    body = to_json({"items": items, "next_cursor": cursor, **total})
    if len(body) > _LARGEST_BYTES and len(items) > 1:
        shorter = replace(page_request, limit=len(items) // 2)
        return page_response(request, shorter, find_page, present)
    headers = next_page_header(request, request.scope["path"], cursor)
    return Response(body, headers=headers, media_type="application/json")
