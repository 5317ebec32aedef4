"""Duplicates, merges and their undoing, over HTTP; what does the work is imported when asked."""

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from kith import clock
from kith.contacts.answers import as_json
from kith.contacts.arrivals import Mine, Repeatable, answer, given, link
from kith.contacts.exchange_schemas import (
    DuplicatePage,
    MergeAnswer,
    MergeRequest,
    MergeUndoneAnswer,
)
from kith.contacts.repeats import Repeats, Reply
from kith.contacts.service import Book
from kith.database.session import database
from kith.http.application import make_router
from kith.http.documented import refusals
from kith.http.paging import Cursor, PageSize, Skip, read_cursor, write_cursor
from kith.settings import settings

if TYPE_CHECKING:
    from kith.contacts.merging import Merged

router = make_router("merges")

Counted = Annotated[bool, Query(description="Add `total`, the number of all pairs.")]


async def _merge_id(merge_id: str) -> UUID:
    try:
        return UUID(merge_id)
    except ValueError:
        from kith.contacts.merging import MergeNotFound

        raise MergeNotFound from None


@router.get(
    "/api/contacts/duplicates",
    operation_id="list_duplicates",
    response_model=DuplicatePage,
    responses=refusals(422),
)
async def list_duplicates(  # noqa: PLR0913 - paging is what it is
    request: Request,
    owner: Mine,
    cursor: Cursor = None,
    skip: Skip = 0,
    limit: PageSize = 100,
    *,
    count: Counted = False,
) -> Response:
    """Pairs of contacts with the same e-mail address, phone number, or name.

    Of many that share one thing, each is paired with the oldest.
    """
    from kith.contacts import duplicates

    after = duplicates.Pair(*read_cursor(cursor, (int, int))) if cursor else None
    with database().reading() as connection:
        found = duplicates.find(connection, owner, after=after, skip=skip, limit=limit)
    cursor = write_cursor(list(found.last)) if found.last else None
    total = {"total": found.total} if count else {}
    page = {"items": found.items, "next_cursor": cursor, **total}
    return answer(page, headers=link(request, "/api/contacts/duplicates", cursor))


@router.post(
    "/api/contacts/merge",
    operation_id="merge_contacts",
    response_model=MergeAnswer,
    responses=refusals(400, 404, 409, 413, 415, 422),
)
async def merge_contacts(owner: Mine, sent: MergeRequest, asked: Repeatable) -> Response:
    """Give one contact all that others know, and move the others to the trash.

    What the others say otherwise is kept in `extra.merged`. For 30 days it can be undone.
    """
    from kith.contacts.merging import Merging

    now = clock.now()
    with database().writing() as work:
        repeats = Repeats(work.connection, owner.id, now, settings().idempotency_life)
        merging = Merging(Book(work.connection, owner, now))
        reply = repeats.once(asked, lambda: _told(merging.merge(sent.into, sent.losers)))
    return given(reply)


def _told(merged: "Merged") -> Reply:
    shown: dict[str, Any] = {
        "merge_id": merged.merge_id,
        "contact": merged.contact,
        "undo_until": merged.undo_until,
    }
    return Reply(200, {"ETag": merged.contact["etag"]}, as_json(shown))


@router.post(
    "/api/contacts/merges/{merge_id}/undo",
    operation_id="undo_merge",
    response_model=MergeUndoneAnswer,
    responses=refusals(404, 409),
)
async def undo_merge(owner: Mine, merge_id: Annotated[UUID, Depends(_merge_id)]) -> Response:
    """Bring the merged contacts back and take from the other what it had of them.

    What was edited since stays as it is.
    """
    from kith.contacts.merging import Merging

    with database().writing() as work:
        undone = Merging(Book(work.connection, owner, clock.now())).undo(merge_id)
    return answer({"contact": undone.contact, "restored": undone.restored})
