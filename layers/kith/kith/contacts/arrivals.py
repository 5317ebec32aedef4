"""What the routes of this room share: who arrives, which contact is meant, how answers leave."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import Depends, Path, Response

from kith import clock
from kith.contacts.answers import as_json
from kith.contacts.owner import Owner
from kith.contacts.phones import region_of
from kith.contacts.service import ContactNotFound, Precondition
from kith.http.etags import IfMatch, require_match
from kith.http.limited import LimitedWho
from kith.settings import settings

_LARGEST_ID: Final = 2**31 - 1
_BOOK: Final = "/api/contacts"


async def _owner(who: LimitedWho) -> Owner:
    today = clock.today(ZoneInfo(who.time_zone))
    return Owner(who.id, today, who.leap_day, region_of(who.locale))


async def _contact_id(
    contact_id: Annotated[str, Path(pattern="^[0-9]{1,19}$", examples=["8"])],
) -> int:
    number = int(contact_id)
    if not 1 <= number <= _LARGEST_ID:
        raise ContactNotFound  # ids are never that large, so nobody has it
    return number


async def _met(if_match: IfMatch = None) -> Precondition:
    return partial(require_match, if_match)


# The signed-in user as the owner of an address book, after one more request was counted.
Mine = Annotated[Owner, Depends(_owner)]
ContactId = Annotated[int, Depends(_contact_id)]
Met = Annotated[Precondition, Depends(_met)]


def answer(
    shown: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer in JSON, with the entity tag of what it shows."""
    tagged = {"ETag": shown["etag"]} if "etag" in shown else {}
    return Response(
        as_json(shown), status, {**tagged, **(headers or {})}, media_type="application/json"
    )


def location(contact_id: int) -> str:
    """The address of a contact, from the configured origin."""
    return f"{settings().public_base_url}{_BOOK}/{contact_id}"
