"""Contacts over HTTP, one by one."""

from fastapi import Response

from kith import clock
from kith.contacts import service
from kith.contacts.answers import as_json
from kith.contacts.arrivals import (
    ContactId,
    Met,
    Mine,
    Repeatable,
    answer,
    given,
    location,
)
from kith.contacts.repeats import Repeats, Reply
from kith.contacts.schemas import Contact, ContactCreate, ContactUpdate
from kith.contacts.service import Book, Shown
from kith.database.session import database
from kith.http.application import make_router
from kith.http.documented import refusals
from kith.settings import settings

router = make_router("contacts")


@router.post(
    "/api/contacts",
    operation_id="create_contact",
    status_code=201,
    response_model=Contact,
    responses=refusals(409, 413, 415),
)
async def create_contact(owner: Mine, sent: ContactCreate, asked: Repeatable) -> Response:
    """Create a contact. With an `Idempotency-Key` a repeated request creates nothing more."""
    now = clock.now()
    with database().writing() as work:
        repeats = Repeats(work.connection, owner.id, now, settings().idempotency_life)
        book = Book(work.connection, owner, now)
        reply = repeats.once(asked, lambda: _created(book.create(sent)))
    return given(reply)


def _created(shown: Shown) -> Reply:
    headers = {"Location": location(shown["id"]), "ETag": shown["etag"]}
    return Reply(201, headers, as_json(shown))


@router.get(
    "/api/contacts/{contact_id}",
    operation_id="get_contact",
    response_model=Contact,
    responses=refusals(404),
)
async def get_contact(owner: Mine, contact_id: ContactId) -> Response:
    """Read one contact."""
    with database().reading() as connection:
        shown = service.show(connection, owner, contact_id)
    return answer(shown)


@router.put(
    "/api/contacts/{contact_id}",
    operation_id="replace_contact",
    response_model=Contact,
    responses=refusals(404, 412, 413, 415),
)
async def replace_contact(
    owner: Mine, contact_id: ContactId, sent: ContactCreate, met: Met
) -> Response:
    """Replace all of a contact: what is left out is emptied."""
    with database().writing() as work:
        shown = Book(work.connection, owner, clock.now()).replace(contact_id, sent, met)
    return answer(shown)


@router.patch(
    "/api/contacts/{contact_id}",
    operation_id="update_contact",
    response_model=Contact,
    responses=refusals(404, 412, 413, 415),
)
async def update_contact(
    owner: Mine, contact_id: ContactId, sent: ContactUpdate, met: Met
) -> Response:
    """Change a part of a contact, by a JSON Merge Patch (RFC 7396)."""
    with database().writing() as work:
        shown = Book(work.connection, owner, clock.now()).patch(contact_id, sent, met)
    return answer(shown)


@router.delete(
    "/api/contacts/{contact_id}",
    operation_id="delete_contact",
    status_code=204,
    response_class=Response,
    responses=refusals(404, 412),
)
async def delete_contact(owner: Mine, contact_id: ContactId, met: Met) -> Response:
    """Move a contact to the trash, where it stays for 30 days."""
    with database().writing() as work:
        Book(work.connection, owner, clock.now()).bury(contact_id, met)
    return Response(status_code=204)
