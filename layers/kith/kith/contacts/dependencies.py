"""Dependencies and responses that the routes of the contacts share."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Depends, Header, Path, Query, Request, Response
from pydantic.config import JsonDict
from pydantic_core import to_json

from kith import clock
from kith.contacts.entities import Owner
from kith.contacts.idempotency import IdempotentRequest, StoredResponse
from kith.contacts.models import ContactColumns
from kith.contacts.phones.number import region_of_locale
from kith.contacts.presenter import SHOWN_FIELDS, present_contact
from kith.contacts.repository import MAX_CONTACT_ID
from kith.contacts.rows import FieldMask
from kith.contacts.service import ContactNotFound, ContactService
from kith.database.unit_of_work import database
from kith.errors import Fault, Invalid, NotFound
from kith.etags import etag_of
from kith.http.pagination import link_to_next
from kith.http.rate_limit import RateLimitedUser
from kith.settings import settings

BOOK_PATH: Final = "/api/contacts"


async def _owner(user: RateLimitedUser) -> Owner:
    today = clock.today(ZoneInfo(user.time_zone))
    return Owner(user.id, today, user.leap_day, region_of_locale(user.locale))


def _documented_as_integer(schema: JsonDict) -> None:
    """Digits are read as a text, of which a number that is no id is made a 404."""
    schema.clear()
    schema.update({"type": "integer", "minimum": 1, "maximum": MAX_CONTACT_ID})


IdInPath = Annotated[
    str, Path(pattern="^(0|[1-9][0-9]{0,18})$", json_schema_extra=_documented_as_integer)
]


async def _contact_id(contact_id: IdInPath) -> int:
    return parse_id(contact_id, ContactNotFound)


async def _idempotent_request(
    request: Request,
    key: Annotated[
        str | None,
        Header(alias="Idempotency-Key", pattern="^[!-~]{1,255}$", examples=["5f1c9a"]),
    ] = None,
) -> IdempotentRequest:
    if key is None:
        return IdempotentRequest(None, b"")
    target = b"%s %s?%s\n" % (
        request.method.encode(),
        request.scope["path"].encode(),
        request.scope["query_string"],
    )
    return IdempotentRequest(key, hashlib.sha256(target + await request.body()).digest())


class FieldUnknown(Invalid):
    code = "field_unknown"
    detail = "fields must name fields of a contact, with commas between them."

    def __init__(self) -> None:
        super().__init__(faults=[Fault("/query/fields", self.code, self.detail)])


async def _field_mask(
    fields: Annotated[
        str | None,
        Query(
            description="Show these fields only, with commas between them.",
            examples=["id,first_name,last_name"],
            max_length=1000,
        ),
    ] = None,
) -> FieldMask | None:
    if fields is None:
        return None
    mask = frozenset(name.strip() for name in fields.split(","))
    if not mask <= SHOWN_FIELDS:
        raise FieldUnknown
    return mask


# The signed-in user as the owner of an address book, after one more request was counted.
CurrentOwner = Annotated[Owner, Depends(_owner)]
ContactId = Annotated[int, Depends(_contact_id)]
ShownFields = Annotated[FieldMask | None, Depends(_field_mask)]
IdempotencyKey = Annotated[IdempotentRequest, Depends(_idempotent_request)]


@contextmanager
def writing_contacts(owner: Owner) -> Iterator[ContactService]:
    """The unit of work of a route that changes contacts, at this moment."""
    with database().writing() as work:
        yield ContactService(work.session, owner, clock.now())


def parse_id(digits: str, absent: type[NotFound]) -> int:
    """The number that an address names; one that no id can be is an absent one."""
    number = int(digits)
    if not 1 <= number <= MAX_CONTACT_ID:
        raise absent
    return number


def json_response(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    return Response(to_json(body), status, dict(headers or {}), media_type="application/json")


def list_response(items: bytes, rest: object, headers: Mapping[str, str]) -> Response:
    """A page: its items as JSON already, beside them the members of ``rest``."""
    body = b'{"items":%b,%b' % (items, to_json(rest)[1:])
    return Response(body, headers=dict(headers), media_type="application/json")


def contact_response(
    contact: ContactColumns, owner: Owner, mask: FieldMask | None = None
) -> Response:
    """A contact in JSON, with its entity tag."""
    return json_response(
        present_contact(contact, owner, mask), headers={"ETag": etag_of(contact.version)}
    )


def stored_response(stored: StoredResponse) -> Response:
    """The response to a request that may be repeated."""
    headers = dict(stored.headers)
    return Response(stored.body, stored.status, headers, media_type="application/json")


def contact_url(contact_id: int) -> str:
    """The address of a contact, from the configured origin."""
    return f"{settings().public_base_url}{BOOK_PATH}/{contact_id}"


def next_page_header(request: Request, path: str, cursor: str | None) -> dict[str, str]:
    """The ``Link`` to the next page of what was asked for, if there is one."""
    if cursor is None:
        return {}
    query = {name: text for name, text in request.query_params.items() if name != "skip"}
    return {"Link": link_to_next(path, {**query, "cursor": cursor})}
