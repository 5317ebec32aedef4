"""The trash over HTTP: what was deleted can be seen, brought back, or removed for good."""

from typing import Annotated

from fastapi import Depends, Request, Response

from kith import clock
from kith.contacts import cursors
from kith.contacts.arrivals import ContactId, Mine, answer
from kith.contacts.finding import find_in_trash
from kith.contacts.listing import Stretch
from kith.contacts.routes.pages import answered
from kith.contacts.schemas import Contact, TrashPage
from kith.contacts.service import Book
from kith.database.session import database
from kith.http.application import make_router
from kith.http.documented import refusals
from kith.http.paging import Cursor, PageSize, Skip

router = make_router("contacts")


async def _stretch(cursor: Cursor = None, skip: Skip = 0, limit: PageSize = 100) -> Stretch:
    after = cursors.read("deleted", cursor) if cursor else None
    return Stretch("deleted", after, skip, limit)


@router.get("/api/contacts/trash", operation_id="list_trash", response_model=TrashPage)
async def list_trash(
    request: Request, owner: Mine, stretch: Annotated[Stretch, Depends(_stretch)]
) -> Response:
    """List the trash, what was deleted last first."""
    with database().reading() as connection:
        return answered(request, stretch, lambda stretch: find_in_trash(connection, owner, stretch))


@router.delete(
    "/api/contacts/trash/{contact_id}",
    operation_id="purge_contact",
    status_code=204,
    response_class=Response,
    responses=refusals(404),
)
async def purge_contact(owner: Mine, contact_id: ContactId) -> Response:
    """Remove a contact from the trash for good."""
    with database().writing() as work:
        Book(work.connection, owner, clock.now()).remove(contact_id)
    return Response(status_code=204)


@router.post(
    "/api/contacts/{contact_id}/restore",
    operation_id="restore_contact",
    response_model=Contact,
    responses=refusals(404, 409),
)
async def restore_contact(owner: Mine, contact_id: ContactId) -> Response:
    """Bring a contact back from the trash."""
    with database().writing() as work:
        shown = Book(work.connection, owner, clock.now()).restore(contact_id)
    return answer(shown)
