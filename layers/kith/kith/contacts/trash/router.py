"""The trash over HTTP: what was deleted can be seen, brought back, or removed for good."""

from functools import partial
from typing import Annotated

from fastapi import Depends, Request, Response

from kith.contacts.dependencies import (
    ContactId,
    CurrentOwner,
    ShownFields,
    contact_response,
    writing_contacts,
)
from kith.contacts.schemas import Contact, TrashPage
from kith.contacts.search.cursors import decode_sort_cursor
from kith.contacts.search.page_response import page_response
from kith.contacts.search.repository import PageRequest
from kith.contacts.search.service import list_trashed_contacts
from kith.database.unit_of_work import database
from kith.http.application import make_router
from kith.http.openapi import error_responses
from kith.http.pagination import Cursor, PageSize, Skip

router = make_router("contacts")


async def _page_request(
    shown: ShownFields, cursor: Cursor = None, skip: Skip = 0, limit: PageSize = 100
) -> PageRequest:
    after = decode_sort_cursor("deleted", cursor) if cursor else None
    return PageRequest("deleted", after, skip, limit, shown)


@router.get(
    "/api/contacts/trash",
    operation_id="list_trash",
    response_model=TrashPage,
    responses=error_responses(field_unknown=422),
)
async def list_trash(
    request: Request,
    owner: CurrentOwner,
    page_request: Annotated[PageRequest, Depends(_page_request)],
) -> Response:
    """List the trash, what was deleted last first."""
    with database().reading() as connection:
        find_page = partial(list_trashed_contacts, connection, owner.id)
        return page_response(request, owner, page_request, find_page)


@router.delete(
    "/api/contacts/trash/{contact_id}",
    operation_id="purge_contact",
    status_code=204,
    response_class=Response,
)
async def purge_contact(owner: CurrentOwner, contact_id: ContactId) -> Response:
    """Remove a contact from the trash for good."""
    with writing_contacts(owner) as service:
        service.purge(contact_id)
    return Response(status_code=204)


@router.post(
    "/api/contacts/{contact_id}/restore",
    operation_id="restore_contact",
    response_model=Contact,
    responses=error_responses(not_in_trash=409, contact_quota=429),
)
async def restore_contact(owner: CurrentOwner, contact_id: ContactId) -> Response:
    """Bring a contact back from the trash."""
    with writing_contacts(owner) as service:
        contact = service.restore(contact_id)
    return contact_response(contact, owner)
