"""Contacts over HTTP, one by one."""

from typing import Final

from fastapi import Request, Response
from pydantic_core import to_json

from kith import clock
from kith.contacts.dependencies import (
    BOOK_PATH,
    ContactId,
    CurrentOwner,
    IdempotencyKey,
    ShownFields,
    contact_response,
    contact_url,
    stored_response,
    writing_contacts,
)
from kith.contacts.idempotency import IdempotencyStore, StoredResponse
from kith.contacts.presenter import ContactJson, present_contact
from kith.contacts.schemas import (
    CONTACT_EXAMPLE,
    Contact,
    ContactCreate,
    ContactFields,
    ContactUpdate,
)
from kith.contacts.service import ContactNotFound, ContactService, require_contact
from kith.database.unit_of_work import database
from kith.http.application import make_router
from kith.http.conditional import IfMatch
from kith.http.openapi import error_responses, headers_of

router = make_router("contacts")

_RELATIONS: Final = {"related_contact_unknown": 422, "related_contact_full": 422}

# The gateway would take these for contacts when another method than GET is asked of them; GET it
# sends to the function of the birthdays.
_OTHER_FUNCTIONS_PATHS: Final = ("upcoming_birthdays", "upcoming_dates")


async def _elsewhere(_request: Request) -> Response:
    raise ContactNotFound


for _name in _OTHER_FUNCTIONS_PATHS:
    router.add_route(f"{BOOK_PATH}/{_name}", _elsewhere, ["GET"], include_in_schema=False)


@router.post(f"{BOOK_PATH}/", status_code=201, include_in_schema=False)
@router.post(
    BOOK_PATH,
    operation_id="create_contact",
    status_code=201,
    response_model=Contact,
    responses=error_responses(
        birthday_in_the_future=422, phone_unknown=422, **_RELATIONS, contact_quota=429
    ),
)
async def create_contact(
    owner: CurrentOwner, payload: ContactCreate, key: IdempotencyKey
) -> Response:
    """Create a contact. With an `Idempotency-Key` a repeated request creates nothing more."""
    now = clock.now()
    with database().writing() as work:
        responses = IdempotencyStore(work.connection, owner.id, now)
        if stored := responses.find(key):
            return stored_response(stored)
        contact = ContactService(work.session, owner, now).create(payload)
        response = _created(contact.id, present_contact(contact, owner))
        responses.store(key, response)
    return stored_response(response)


def _created(contact_id: int, contact: ContactJson) -> StoredResponse:
    headers = {"Location": contact_url(contact_id), "ETag": str(contact["etag"])}
    return StoredResponse(201, headers, to_json(contact))


@router.get(
    "/api/contacts/{contact_id}",
    operation_id="get_contact",
    response_model=Contact | ContactFields,
    responses={
        200: {
            "headers": headers_of("ETag"),
            "content": {"application/json": {"example": CONTACT_EXAMPLE}},
        },
        **error_responses(field_unknown=422),
    },
)
async def get_contact(owner: CurrentOwner, contact_id: ContactId, shown: ShownFields) -> Response:
    """Read one contact."""
    with database().reading() as connection:
        contact = require_contact(connection, owner.id, contact_id)
    return contact_response(contact, owner, shown)


@router.put(
    "/api/contacts/{contact_id}",
    operation_id="replace_contact",
    response_model=Contact,
    responses=error_responses(birthday_in_the_future=422, phone_unknown=422, **_RELATIONS),
)
async def replace_contact(
    owner: CurrentOwner, contact_id: ContactId, payload: ContactCreate, precondition: IfMatch
) -> Response:
    """Replace all of a contact: what is left out is emptied."""
    with writing_contacts(owner) as service:
        contact = service.replace(contact_id, payload, precondition)
    return contact_response(contact, owner)


@router.patch(
    "/api/contacts/{contact_id}",
    operation_id="update_contact",
    response_model=Contact,
    responses=error_responses(
        birthday_in_the_future=422,
        name_missing=422,
        extra_too_large=422,
        phone_unknown=422,
        **_RELATIONS,
    ),
)
async def update_contact(
    owner: CurrentOwner, contact_id: ContactId, payload: ContactUpdate, precondition: IfMatch
) -> Response:
    """Change a part of a contact, by a JSON Merge Patch (RFC 7396)."""
    with writing_contacts(owner) as service:
        contact = service.update(contact_id, payload, precondition)
    return contact_response(contact, owner)


@router.delete(
    "/api/contacts/{contact_id}",
    operation_id="delete_contact",
    status_code=204,
    response_class=Response,
)
async def delete_contact(
    owner: CurrentOwner, contact_id: ContactId, precondition: IfMatch
) -> Response:
    """Move a contact to the trash, where it stays for 30 days."""
    with writing_contacts(owner) as service:
        service.delete(contact_id, precondition)
    return Response(status_code=204)
