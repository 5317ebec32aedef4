"""Upcoming birthdays over HTTP."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query, Request, Response
from pydantic import Field

from kith import clock
from kith.birthdays.schemas import UpcomingPage
from kith.birthdays.upcoming.cursors import decode_upcoming_cursor, encode_upcoming_cursor
from kith.birthdays.upcoming.service import (
    DateWindow,
    UpcomingPageRequest,
    UpcomingPosition,
    list_upcoming,
)
from kith.contacts.dependencies import ShownFields, list_response, next_page_header
from kith.contacts.entities import Owner
from kith.contacts.presenter import present_contact
from kith.contacts.rows import ContactRow
from kith.database.unit_of_work import database
from kith.errors import Fault, Invalid
from kith.http.application import make_router
from kith.http.openapi import error_responses
from kith.http.pagination import Cursor, InDigits, PageSize, Skip
from kith.http.rate_limit import RateLimitedUser
from kith.http.response_size import Chunks, fit_items

router = make_router("birthdays")

_UPCOMING = "/api/contacts/upcoming_birthdays"

DaysParameter = Annotated[
    int,
    Field(ge=0, le=366),
    InDigits,
    Query(description="How many days ahead; 0 is today only."),
]
TimeZoneParameter = Annotated[
    str | None,
    Query(
        max_length=64,
        description="An IANA time zone in the place of the profile's, for this call.",
        examples=["Europe/Kyiv"],
    ),
]


class TimeZoneUnknown(Invalid):
    code = "time_zone_unknown"
    detail = "This is no IANA time zone that we know."

    def __init__(self) -> None:
        super().__init__(faults=[Fault("/query/tz", self.code, self.detail)])


@router.get(
    _UPCOMING,
    operation_id="list_upcoming_birthdays",
    response_model=UpcomingPage,
    responses=error_responses(time_zone_unknown=422, field_unknown=422),
)
async def list_upcoming_birthdays(  # noqa: PLR0913, PLR0917 - the parameters that there are
    request: Request,
    user: RateLimitedUser,
    shown: ShownFields,
    days: DaysParameter = 7,
    tz: TimeZoneParameter = None,
    cursor: Cursor = None,
    skip: Skip = 0,
    limit: PageSize = 100,
) -> Response:
    """Whose birthday comes next, from today on in the user's time zone, both ends included."""
    zone = tz or user.time_zone
    today = clock.today(_zone(zone))
    window = DateWindow(today, days, user.leap_day)
    after = decode_upcoming_cursor(cursor) if cursor else None
    page_request = UpcomingPageRequest(after, skip, limit)
    owner = Owner(user.id, today, user.leap_day, None)

    def fetch(
        limit: int, after: UpcomingPosition | None
    ) -> tuple[Sequence[ContactRow], UpcomingPosition | None]:
        part = replace(page_request, limit=limit)
        part = replace(part, after=after, skip=0) if after else part
        return list_upcoming(connection, user.id, window, part)

    chunks = Chunks(limit, fetch)
    with database().reading() as connection:
        items = fit_items(chunks, lambda row: present_contact(row, owner, shown))
    last = window.position(items.last) if items.last else chunks.last
    next_cursor = encode_upcoming_cursor(last) if last else None
    span = {"today": today, "time_zone": zone, "from": today, "to": window.end}
    rest = {**span, "next_cursor": next_cursor}
    return list_response(items.json, rest, next_page_header(request, _UPCOMING, next_cursor))


def _zone(name: str) -> ZoneInfo:
    try:
        return clock.zone_named(name)
    except LookupError:
        raise TimeZoneUnknown from None
