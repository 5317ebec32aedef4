"""The phones and the tags of a contact over HTTP, one at a time."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Path, Request, Response

from kith.contacts.dependencies import (
    ContactId,
    CurrentOwner,
    IdInPath,
    contact_response,
    contact_url,
    json_response,
    list_response,
    next_page_header,
    parse_id,
    writing_contacts,
)
from kith.contacts.entities import Owner
from kith.contacts.fields import Tag
from kith.contacts.phones.repository import PhoneRow, fetch_phones
from kith.contacts.phones.service import ContactParts, PhoneNotFound, WrittenPhone
from kith.contacts.presenter import ContactJson, present_contact, present_phone
from kith.contacts.repository import MAX_CONTACT_ID
from kith.contacts.schemas import Contact, ContactPhonePage, Phone, PhoneList, PhoneWrite
from kith.contacts.service import require_contact
from kith.database.unit_of_work import database
from kith.etags import etag_of
from kith.http.application import make_router
from kith.http.conditional import IfMatch
from kith.http.openapi import error_responses, headers_of
from kith.http.pagination import (
    Cursor,
    CursorInvalid,
    PageSize,
    Skip,
    decode_cursor,
    encode_cursor,
)
from kith.http.response_size import Chunks, fit_items

router = make_router("contacts")

_PHONES = "/api/contacts/{contact_id}/phones"
_ONE_PHONE = _PHONES + "/{phone_id}"
_ONE_TAG = "/api/contacts/{contact_id}/tags/{tag}"


async def _phone_id(phone_id: IdInPath) -> int:
    return parse_id(phone_id, PhoneNotFound)


PhoneId = Annotated[int, Depends(_phone_id)]
OneTag = Annotated[Tag, Path(examples=["family"])]


@router.get(
    _PHONES,
    operation_id="list_phones",
    response_model=PhoneList,
    responses={200: {"headers": headers_of("ETag")}},
)
async def list_phones(  # noqa: PLR0913, PLR0917 - paging is what it is
    request: Request,
    owner: CurrentOwner,
    contact_id: ContactId,
    cursor: Cursor = None,
    skip: Skip = 0,
    limit: PageSize = 100,
) -> Response:
    """List the phones of a contact."""
    start = max(0, *decode_cursor(cursor, (int,))) if cursor else skip
    with database().reading() as connection:
        contact = require_contact(connection, owner.id, contact_id)
    end = start + limit
    cursor = encode_cursor([end]) if end < len(contact.phones) else None
    phones = {"items": list(map(present_phone, contact.phones[start:end])), "next_cursor": cursor}
    link = next_page_header(request, request.scope["path"], cursor)
    return json_response(phones, headers={"ETag": etag_of(contact.version), **link})


@router.get(
    "/api/phones",
    operation_id="list_all_phones",
    response_model=ContactPhonePage,
)
async def list_all_phones(
    request: Request,
    owner: CurrentOwner,
    cursor: Cursor = None,
    skip: Skip = 0,
    limit: PageSize = 100,
) -> Response:
    """List the phones of all contacts, each with its contact; in order of creation."""
    start = decode_cursor(cursor, (int, int)) if cursor else (0, 0)
    if max(start) > MAX_CONTACT_ID:
        raise CursorInvalid

    def fetch(
        limit: int, after: Sequence[int] | None
    ) -> tuple[Sequence[PhoneRow], Sequence[int] | None]:
        left_out = 0 if cursor or after else skip
        found = fetch_phones(connection, owner.id, after or start, skip=left_out, limit=limit + 1)
        return found[:limit], _position(found[limit - 1]) if len(found) > limit else None

    chunks = Chunks(limit, fetch)
    with database().reading() as connection:
        items = fit_items(chunks, lambda item: _present_with_contact(item, owner))
    last = _position(items.last) if items.last else chunks.last
    next_cursor = encode_cursor(last) if last else None
    link = next_page_header(request, "/api/phones", next_cursor)
    return list_response(items.json, {"next_cursor": next_cursor}, link)


def _position(item: PhoneRow) -> Sequence[int]:
    return (item.contact.id, item.place)


def _present_with_contact(item: PhoneRow, owner: Owner) -> ContactJson:
    return present_phone(item.phone) | {"contact": present_contact(item.contact, owner)}


@router.get(
    _ONE_PHONE,
    operation_id="get_phone",
    response_model=Phone,
    responses={200: {"headers": headers_of("ETag")}},
)
async def get_phone(owner: CurrentOwner, contact_id: ContactId, phone_id: PhoneId) -> Response:
    """Read one phone of a contact; the ETag is that of the contact."""
    with database().reading() as connection:
        contact = require_contact(connection, owner.id, contact_id)
    phone = next((each for each in contact.phones if each.id == phone_id), None)
    if phone is None:
        raise PhoneNotFound
    return json_response(present_phone(phone), headers={"ETag": etag_of(contact.version)})


@router.post(
    _PHONES,
    operation_id="add_phone",
    status_code=201,
    response_model=Phone,
    responses={
        200: {
            "model": Phone,
            "description": "It was there.",
            "headers": headers_of("ETag", "Location"),
        },
        201: {"headers": headers_of("ETag")},
        **error_responses(too_many_phones=422),
    },
)
async def add_phone(
    owner: CurrentOwner, contact_id: ContactId, payload: PhoneWrite, precondition: IfMatch
) -> Response:
    """Add a phone; a number that the contact has already is answered with 200."""
    with writing_contacts(owner) as service:
        written = ContactParts(service, contact_id, precondition).add_phone(payload)
    location = {"Location": f"{contact_url(contact_id)}/phones/{written.phone.id}"}
    return _phone_response(written, 201 if written.is_new else 200, location)


@router.put(
    _ONE_PHONE,
    operation_id="replace_phone",
    response_model=Phone,
    responses={
        200: {"headers": headers_of("ETag")},
        **error_responses(phone_already_there=409),
    },
)
async def replace_phone(
    owner: CurrentOwner,
    contact_id: ContactId,
    phone_id: PhoneId,
    payload: PhoneWrite,
    precondition: IfMatch,
) -> Response:
    """Put another number in the place of one."""
    with writing_contacts(owner) as service:
        written = ContactParts(service, contact_id, precondition).replace_phone(phone_id, payload)
    return _phone_response(written)


@router.delete(
    _ONE_PHONE,
    operation_id="remove_phone",
    status_code=204,
    response_class=Response,
)
async def remove_phone(
    owner: CurrentOwner, contact_id: ContactId, phone_id: PhoneId, precondition: IfMatch
) -> Response:
    """Remove a phone."""
    with writing_contacts(owner) as service:
        ContactParts(service, contact_id, precondition).remove_phone(phone_id)
    return Response(status_code=204)


@router.put(
    _ONE_TAG,
    operation_id="add_tag",
    response_model=Contact,
    responses=error_responses(too_many_tags=422),
)
async def add_tag(
    owner: CurrentOwner, contact_id: ContactId, tag: OneTag, precondition: IfMatch
) -> Response:
    """Tag a contact; it may have the tag already."""
    with writing_contacts(owner) as service:
        contact = ContactParts(service, contact_id, precondition).add_tag(tag)
    return contact_response(contact, owner)


@router.delete(
    _ONE_TAG,
    operation_id="remove_tag",
    status_code=204,
    response_class=Response,
    responses=error_responses(tag_not_found=404),
)
async def remove_tag(
    owner: CurrentOwner, contact_id: ContactId, tag: OneTag, precondition: IfMatch
) -> Response:
    """Take a tag off a contact."""
    with writing_contacts(owner) as service:
        ContactParts(service, contact_id, precondition).remove_tag(tag)
    return Response(status_code=204)


def _phone_response(
    written: WrittenPhone, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    tagged = {"ETag": etag_of(written.contact.version), **(headers or {})}
    return json_response(present_phone(written.phone), status, tagged)
