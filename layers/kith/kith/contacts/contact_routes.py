"""Contacts over HTTP, one by one."""

from fastapi import Response
from pydantic_core import to_json

from kith import clock
from kith.contacts.dependencies import (
    ContactId,
    CurrentOwner,
    IdempotencyKey,
    contact_response,
    contact_url,
    stored_response,
)
from kith.contacts.idempotency import IdempotencyStore, StoredResponse
from kith.contacts.schemas import Contact, ContactCreate, ContactUpdate
from kith.contacts.service import ContactService, ContactView, get_contact_view
from kith.database.unit_of_work import database
from kith.http.application import make_router
from kith.http.conditional import IfMatch
from kith.http.openapi import error_responses
from kith.settings import settings

router = make_router("contacts")


@router.post(
    "/api/contacts",
    operation_id="create_contact",
    status_code=201,
    response_model=Contact,
    responses=error_responses(409, 413, 415),
)
async def create_contact(
    owner: CurrentOwner, sent: ContactCreate, asked: IdempotencyKey
) -> Response:
    """Create a contact. With an `Idempotency-Key` a repeated request creates nothing more."""
    now = clock.now()
    with database().writing() as work:
        repeats = IdempotencyStore(work.connection, owner.id, now, settings().idempotency_life)
        book = ContactService(work.connection, owner, now)
        reply = repeats.once(asked, lambda: _created(book.create(sent)))
    return stored_response(reply)


def _created(shown: ContactView) -> StoredResponse:
    headers = {"Location": contact_url(shown["id"]), "ETag": shown["etag"]}
    return StoredResponse(201, headers, to_json(shown))


@router.get(
    "/api/contacts/{contact_id}",
    operation_id="get_contact",
    response_model=Contact,
    responses=error_responses(404),
)
async def get_contact(owner: CurrentOwner, contact_id: ContactId) -> Response:
    """Read one contact."""
    with database().reading() as connection:
        shown = get_contact_view(connection, owner, contact_id)
    return contact_response(shown)


@router.put(
    "/api/contacts/{contact_id}",
    operation_id="replace_contact",
    response_model=Contact,
    responses=error_responses(404, 412, 413, 415),
)
async def replace_contact(
    owner: CurrentOwner, contact_id: ContactId, sent: ContactCreate, met: IfMatch
) -> Response:
    """Replace all of a contact: what is left out is emptied."""
    with database().writing() as work:
        shown = ContactService(work.connection, owner, clock.now()).replace(contact_id, sent, met)
    return contact_response(shown)


@router.patch(
    "/api/contacts/{contact_id}",
    operation_id="update_contact",
    response_model=Contact,
    responses=error_responses(404, 412, 413, 415),
)
async def update_contact(
    owner: CurrentOwner, contact_id: ContactId, sent: ContactUpdate, met: IfMatch
) -> Response:
    """Change a part of a contact, by a JSON Merge Patch (RFC 7396)."""
    with database().writing() as work:
        shown = ContactService(work.connection, owner, clock.now()).patch(contact_id, sent, met)
    return contact_response(shown)


@router.delete(
    "/api/contacts/{contact_id}",
    operation_id="delete_contact",
    status_code=204,
    response_class=Response,
    responses=error_responses(404, 412),
)
async def delete_contact(owner: CurrentOwner, contact_id: ContactId, met: IfMatch) -> Response:
    """Move a contact to the trash, where it stays for 30 days."""
    with database().writing() as work:
        ContactService(work.connection, owner, clock.now()).bury(contact_id, met)
    return Response(status_code=204)
