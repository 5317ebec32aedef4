"""Duplicates, merges and their undo over HTTP; what does the work is imported when it is needed."""

from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

from fastapi import Depends, Path, Query, Request, Response
from pydantic_core import to_json

from kith import clock
from kith.contacts.dependencies import (
    CurrentOwner,
    IdempotencyKey,
    json_response,
    list_response,
    next_page_header,
    stored_response,
    writing_contacts,
)
from kith.contacts.entities import Owner
from kith.contacts.exchange.schemas import (
    DuplicatePage,
    MergeAnswer,
    MergeItem,
    MergePage,
    MergeRequest,
    MergeUndoneAnswer,
)
from kith.contacts.idempotency import IdempotencyStore, StoredResponse
from kith.contacts.presenter import ContactJson, present_contact
from kith.contacts.service import ContactService
from kith.database.unit_of_work import database
from kith.etags import etag_of
from kith.http.application import make_router
from kith.http.openapi import error_responses, headers_of
from kith.http.pagination import Cursor, PageSize, Skip, decode_cursor, encode_cursor
from kith.http.response_size import Chunks, fit_items
from kith.settings import settings

if TYPE_CHECKING:
    from kith.contacts.merge.duplicates import DuplicateRows
    from kith.contacts.merge.service import MergeResult

router = make_router("merges")

_LAST_NUMBER: Final = 2**63 - 1

CountPairsParameter = Annotated[bool, Query(description="Add `total`, the number of all pairs.")]


async def _merge_id(
    merge_id: Annotated[str, Path(json_schema_extra={"format": "uuid"})],
) -> UUID:
    try:
        return UUID(merge_id)
    except ValueError:
        from kith.contacts.merge.service import MergeNotFound

        raise MergeNotFound from None


@router.get(
    "/api/contacts/duplicates",
    operation_id="list_duplicates",
    response_model=DuplicatePage,
)
async def list_duplicates(  # noqa: PLR0913 - paging is what it is
    request: Request,
    owner: CurrentOwner,
    cursor: Cursor = None,
    skip: Skip = 0,
    limit: PageSize = 100,
    *,
    count: CountPairsParameter = False,
) -> Response:
    """Pairs of contacts with the same e-mail address, phone number, or name.

    Of many that share one thing, each is paired with the oldest.
    """
    from kith.contacts.merge.duplicates import DuplicatePair, DuplicateRows, find_duplicates

    start = DuplicatePair(*decode_cursor(cursor, (int, int))) if cursor else None
    total = 0

    def fetch(
        limit: int, after: DuplicatePair | None
    ) -> tuple[list[DuplicateRows], DuplicatePair | None]:
        nonlocal total
        found = find_duplicates(
            connection, owner.id, after=after or start, skip=0 if after else skip, limit=limit
        )
        total = found.total
        return found.items, found.last

    chunks = Chunks(limit, fetch)
    with database().reading() as connection:
        items = fit_items(chunks, lambda pair: _duplicate(pair, owner))
    last = items.last.pair if items.last else chunks.last
    cursor = encode_cursor(last) if last else None
    rest = {"next_cursor": cursor} | ({"total": total} if count else {})
    return list_response(
        items.json, rest, next_page_header(request, "/api/contacts/duplicates", cursor)
    )


def _duplicate(duplicate: "DuplicateRows", owner: Owner) -> ContactJson:
    contacts = [present_contact(row, owner) for row in duplicate.rows]
    return {"contacts": contacts, "reasons": duplicate.reasons}


@router.post(
    "/api/contacts/merge",
    operation_id="merge_contacts",
    response_model=MergeAnswer,
    responses={
        200: {"headers": headers_of("ETag")},
        **error_responses(
            contact_not_found=404,
            import_running=409,
            extra_too_large=422,
            related_contact_full=422,
        ),
    },
)
async def merge_contacts(
    owner: CurrentOwner, payload: MergeRequest, key: IdempotencyKey
) -> Response:
    """Give one contact all that others know, and move the others to the trash.

    What the others say otherwise is kept in `extra.merged`. For 30 days it can be undone.
    """
    from kith.contacts.merge.service import MergeService

    now = clock.now()
    with database().writing() as work:
        responses = IdempotencyStore(work.connection, owner.id, now)
        if stored := responses.find(key):
            return stored_response(stored)
        merges = MergeService(ContactService(work.session, owner, now))
        response = _merged(merges.merge(payload.into, payload.losers), owner)
        responses.store(key, response)
    return stored_response(response)


def _merged(merge: "MergeResult", owner: Owner) -> StoredResponse:
    contact = present_contact(merge.contact, owner)
    body = {"merge_id": merge.merge_id, "contact": contact, "undo_until": merge.undo_until}
    return StoredResponse(200, {"ETag": etag_of(merge.contact.version)}, to_json(body))


@router.get(
    "/api/contacts/merges",
    operation_id="list_merges",
    response_model=MergePage,
)
async def list_merges(
    request: Request,
    owner: CurrentOwner,
    cursor: Cursor = None,
    skip: Skip = 0,
    limit: PageSize = 100,
) -> Response:
    """List the merges of the last 30 days, the newest first, each with its `undo`."""
    from kith.contacts.merge.repository import MergeRepository

    since = clock.now() - settings().merge_undo_life
    before = min(decode_cursor(cursor, (int,))[0], _LAST_NUMBER) if cursor else None
    with database().loading() as session:
        merges = MergeRepository(session, owner.id)
        found = merges.newest(since, limit + 1, before, skip)
        items = [MergeItem.of(each, overtaken=merges.is_overtaken(each)) for each in found[:limit]]
    rest = encode_cursor([found[limit - 1].number]) if len(found) > limit else None
    headers = next_page_header(request, "/api/contacts/merges", rest)
    return json_response({"items": items, "next_cursor": rest}, headers=headers)


@router.post(
    "/api/contacts/merges/{merge_id}/undo",
    operation_id="undo_merge",
    response_model=MergeUndoneAnswer,
    responses={
        200: {"headers": headers_of("ETag")},
        **error_responses(
            merge_not_found=404,
            import_running=409,
            merge_undone=409,
            merge_too_old=409,
            merged_contact_gone=409,
            merged_onwards=409,
            related_contact_full=422,
            contact_quota=429,
        ),
    },
)
async def undo_merge(
    owner: CurrentOwner, merge_id: Annotated[UUID, Depends(_merge_id)]
) -> Response:
    """Bring the merged contacts back and take from the other what it had of them.

    What was edited since stays as it is.
    """
    from kith.contacts.merge.service import MergeService

    with writing_contacts(owner) as service:
        undone = MergeService(service).undo(merge_id)
    winner = undone.contact
    contact = present_contact(winner, owner) if winner else None
    headers = {"ETag": etag_of(winner.version)} if winner else {}
    return json_response({"contact": contact, "restored": undone.restored}, headers=headers)
