"""Changes of an address book over HTTP."""

from typing import Annotated, Final

from fastapi import Query, Request, Response

from kith import clock
from kith.contacts.changes.repository import Change, fetch_changes
from kith.contacts.changes.tokens import SyncToken
from kith.contacts.dependencies import CurrentOwner, list_response
from kith.contacts.entities import Owner
from kith.contacts.presenter import ContactJson, present_contact
from kith.contacts.schemas import ChangePage
from kith.database.unit_of_work import database
from kith.http.application import make_router
from kith.http.openapi import error_responses, headers_of
from kith.http.pagination import PageSize, link_to_next
from kith.http.response_size import Chunks, fit_items

router = make_router("contacts")

_CHANGES: Final = "/api/contacts/changes"
SinceParameter = Annotated[
    str | None,
    Query(
        max_length=8000,
        pattern="^[A-Za-z0-9_=-]+$",
        description="`next_since` of the answer before; without it, everything that there is.",
    ),
]


@router.get(
    _CHANGES,
    operation_id="list_changes",
    response_model=ChangePage,
    responses={
        200: {"headers": headers_of("Link")},
        **error_responses(sync_token_invalid=422, sync_token_expired=410),
    },
)
async def list_changes(
    request: Request, owner: CurrentOwner, since: SinceParameter = None, limit: PageSize = 100
) -> Response:
    """List what was changed or deleted since the answer before; go on while there is a `Link`."""
    now = clock.now()
    start = token = SyncToken.parse(since, now) if since else SyncToken.first(now)

    def fetch(limit: int, after: SyncToken | None) -> tuple[list[Change], SyncToken | None]:
        nonlocal token
        found = fetch_changes(connection, owner.id, after or start, limit + 1)
        token = (after or start).reading(found.snapshot, now)
        items = list(found.items[:limit])
        return items, _behind(token, items[-1]) if len(found.items) > limit else None

    chunks = Chunks(limit, fetch)
    with database().reading() as connection:
        items = fit_items(chunks, lambda change: _present(change, owner))
    rest = _behind(token, items.last) if items.last else chunks.last
    next_since = str(rest or token.finished())
    query = {**request.query_params, "since": next_since}
    link = {"Link": link_to_next(_CHANGES, query)} if rest else {}
    return list_response(items.json, {"next_since": next_since}, link)


def _behind(token: SyncToken, change: Change) -> SyncToken:
    return token.behind(change.at, change.id)


def _present(change: Change, owner: Owner) -> ContactJson:
    if change.contact is None:
        return {"id": change.id, "deleted_at": change.deleted_at}
    return present_contact(change.contact, owner)
