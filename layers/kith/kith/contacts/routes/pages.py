"""Pages over HTTP: what is on them, where the next one begins, and no more than can be carried."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from fastapi import Request, Response

from kith.contacts import cursors
from kith.contacts.answers import as_json
from kith.contacts.arrivals import link
from kith.contacts.finding import Page
from kith.contacts.listing import Stretch

_LARGEST_BYTES: Final = 5_000_000  # a Lambda answers with 6 MB at most, headers included


def answered(request: Request, stretch: Stretch, find_page: Callable[[Stretch], Page]) -> Response:
    """A page; a shorter one than was asked for where its contacts are very long."""
    page = find_page(stretch)
    cursor = cursors.write(stretch.sort, page.last) if page.last else None
    total = {} if page.total is None else {"total": page.total}
    body = as_json({"items": page.items, "next_cursor": cursor, **total})
    if len(body) > _LARGEST_BYTES and len(page.items) > 1:
        return answered(request, replace(stretch, limit=len(page.items) // 2), find_page)
    next_page = link(request, request.scope["path"], cursor)
    return Response(body, headers=next_page, media_type="application/json")
