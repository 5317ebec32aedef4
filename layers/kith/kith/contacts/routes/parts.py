"""The phones and the tags of a contact over HTTP, one at a time."""

from typing import Annotated

from fastapi import Depends, Path, Response

from kith import clock
from kith.contacts import service
from kith.contacts.arrivals import (
    ContactId,
    Met,
    Mine,
    answer,
    location,
    whole_number,
)
from kith.contacts.fields import Tag
from kith.contacts.parts import Parts, PhoneNotFound, Written
from kith.contacts.schemas import Contact, Phone, PhoneList, PhoneWrite
from kith.contacts.service import Book
from kith.database.session import database
from kith.http.application import make_router
from kith.http.documented import refusals

router = make_router("contacts")

_PHONES = "/api/contacts/{contact_id}/phones"
_ONE_PHONE = _PHONES + "/{phone_id}"
_ONE_TAG = "/api/contacts/{contact_id}/tags/{tag}"


async def _phone_id(phone_id: Annotated[str, Path(pattern="^[0-9]{1,19}$", examples=["1"])]) -> int:
    return whole_number(phone_id, PhoneNotFound)


PhoneId = Annotated[int, Depends(_phone_id)]
OneTag = Annotated[Tag, Path(examples=["family"])]


@router.get(
    _PHONES,
    operation_id="list_phones",
    response_model=PhoneList,
    responses=refusals(404),
)
async def list_phones(owner: Mine, contact_id: ContactId) -> Response:
    """List the phones of a contact."""
    with database().reading() as connection:
        shown = service.show(connection, owner, contact_id)
    phones = {"items": shown["phones"], "next_cursor": None}
    return answer(phones, headers={"ETag": shown["etag"]})


@router.post(
    _PHONES,
    operation_id="add_phone",
    status_code=201,
    response_model=Phone,
    responses={200: {"model": Phone, "description": "It was there."}, **refusals(404, 412)},
)
async def add_phone(owner: Mine, contact_id: ContactId, sent: PhoneWrite, met: Met) -> Response:
    """Add a phone; a number that the contact has already is answered with 200."""
    with database().writing() as work:
        book = Book(work.connection, owner, clock.now())
        written = Parts(book, contact_id, met).add_phone(sent)
    place = {"Location": f"{location(contact_id)}/phones/{written.phone_id}"}
    return _answered(written, 201 if written.is_new else 200, place)


@router.put(
    _ONE_PHONE,
    operation_id="replace_phone",
    response_model=Phone,
    responses=refusals(404, 409, 412),
)
async def replace_phone(
    owner: Mine, contact_id: ContactId, phone_id: PhoneId, sent: PhoneWrite, met: Met
) -> Response:
    """Put another number in the place of one."""
    with database().writing() as work:
        book = Book(work.connection, owner, clock.now())
        written = Parts(book, contact_id, met).replace_phone(phone_id, sent)
    return _answered(written)


@router.delete(
    _ONE_PHONE,
    operation_id="remove_phone",
    status_code=204,
    response_class=Response,
    responses=refusals(404, 412),
)
async def remove_phone(owner: Mine, contact_id: ContactId, phone_id: PhoneId, met: Met) -> Response:
    """Remove a phone."""
    with database().writing() as work:
        book = Book(work.connection, owner, clock.now())
        Parts(book, contact_id, met).remove_phone(phone_id)
    return Response(status_code=204)


@router.put(
    _ONE_TAG,
    operation_id="add_tag",
    response_model=Contact,
    responses=refusals(404, 412),
)
async def add_tag(owner: Mine, contact_id: ContactId, tag: OneTag, met: Met) -> Response:
    """Tag a contact; it may have the tag already."""
    with database().writing() as work:
        book = Book(work.connection, owner, clock.now())
        shown = Parts(book, contact_id, met).add_tag(tag)
    return answer(shown)


@router.delete(
    _ONE_TAG,
    operation_id="remove_tag",
    status_code=204,
    response_class=Response,
    responses=refusals(404, 412),
)
async def remove_tag(owner: Mine, contact_id: ContactId, tag: OneTag, met: Met) -> Response:
    """Take a tag off a contact."""
    with database().writing() as work:
        book = Book(work.connection, owner, clock.now())
        Parts(book, contact_id, met).remove_tag(tag)
    return Response(status_code=204)


def _answered(
    written: Written, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    tagged = {"ETag": written.contact["etag"], **(headers or {})}
    return answer(written.phone, status, tagged)
