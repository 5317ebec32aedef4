"""The tags of an address book over HTTP."""

from typing import Annotated

from fastapi import Path, Request, Response

from kith.contacts.dependencies import (
    CurrentOwner,
    json_response,
    list_response,
    next_page_header,
    writing_contacts,
)
from kith.contacts.fields import Tag
from kith.contacts.schemas import TagCount, TagPage, TagUpdate
from kith.contacts.tags.repository import CountedTag, TagRepository
from kith.contacts.tags.service import TagService
from kith.database.unit_of_work import database
from kith.deadline import extend_deadline
from kith.http.application import make_router
from kith.http.openapi import error_responses
from kith.http.pagination import (
    Cursor,
    CursorInvalid,
    PageSize,
    Skip,
    decode_cursor,
    encode_cursor,
)
from kith.http.response_size import Chunks, fit_items
from kith.settings import settings

router = make_router("contacts")

_TAGS = "/api/tags"
_TAG = "/api/tags/{tag}"
TagInPath = Annotated[Tag, Path(examples=["family"])]


@router.get(_TAGS, operation_id="list_tags", response_model=TagPage)
async def list_tags(
    request: Request,
    owner: CurrentOwner,
    cursor: Cursor = None,
    skip: Skip = 0,
    limit: PageSize = 100,
) -> Response:
    """List the tags of the living contacts, each with how many have it."""
    start = _start(cursor) if cursor else ""

    def fetch(limit: int, after: str | None) -> tuple[list[CountedTag], str | None]:
        left_out = 0 if cursor or after else skip
        found = tags.counted(after or start, skip=left_out, limit=limit + 1)
        return found[:limit], found[limit - 1].key if len(found) > limit else None

    chunks = Chunks(limit, fetch)
    with database().reading() as connection:
        tags = TagRepository(connection, owner.id)
        items = fit_items(chunks, lambda tag: {"name": tag.name, "count": tag.many})
    last = items.last.key if items.last else chunks.last
    next_cursor = encode_cursor([last]) if last else None
    link = next_page_header(request, _TAGS, next_cursor)
    return list_response(items.json, {"next_cursor": next_cursor}, link)


def _start(cursor: str) -> str:
    (key,) = decode_cursor(cursor, (str,))
    if not key.isprintable():
        raise CursorInvalid
    return str(key)


@router.patch(
    _TAG,
    operation_id="rename_tag",
    response_model=TagCount,
    responses=error_responses(tag_not_found=404),
)
async def rename_tag(owner: CurrentOwner, tag: TagInPath, payload: TagUpdate) -> Response:
    """Call a tag otherwise on all contacts; one that is called so already is merged with it."""
    extend_deadline(settings().file_time.total_seconds())
    with writing_contacts(owner) as service:
        many = TagService(service).rename(tag, payload.name)
    return json_response({"name": payload.name, "count": many})


@router.delete(
    _TAG,
    operation_id="delete_tag",
    status_code=204,
    response_class=Response,
    responses=error_responses(tag_not_found=404),
)
async def delete_tag(owner: CurrentOwner, tag: TagInPath) -> Response:
    """Take a tag off all contacts."""
    extend_deadline(settings().file_time.total_seconds())
    with writing_contacts(owner) as service:
        TagService(service).remove(tag)
    return Response(status_code=204)
