"""Pages of contacts over HTTP: a list that fits in a response, and where the next one begins."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from fastapi import Request, Response

from kith.contacts.dependencies import list_response, next_page_header
from kith.contacts.entities import Owner
from kith.contacts.presenter import present_contact
from kith.contacts.rows import ContactRow
from kith.contacts.search.cursors import encode_sort_cursor
from kith.contacts.search.repository import CursorValue, PageRequest, page_position
from kith.contacts.search.service import ContactSlice
from kith.http.response_size import Chunks, fit_items


def page_response(
    request: Request,
    owner: Owner,
    page_request: PageRequest,
    find_page: Callable[[PageRequest], ContactSlice],
    *,
    total: int | None = None,
) -> Response:
    """A page; a shorter one than was asked for where its contacts are very long."""

    def fetch(
        limit: int, after: Sequence[CursorValue] | None
    ) -> tuple[Sequence[ContactRow], Sequence[CursorValue] | None]:
        part = replace(page_request, limit=limit)
        page = find_page(replace(part, after=after, skip=0) if after else part)
        return page.items, page.last

    chunks = Chunks(page_request.limit, fetch)
    items = fit_items(chunks, lambda row: present_contact(row, owner, page_request.mask))
    last = page_position(items.last, page_request.sort) if items.last else chunks.last
    cursor = encode_sort_cursor(page_request.sort, last) if last else None
    rest = {"next_cursor": cursor} | ({} if total is None else {"total": total})
    return list_response(items.json, rest, next_page_header(request, request.scope["path"], cursor))
