"""Upcoming birthdays over HTTP."""

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query, Request, Response
from pydantic_core import to_json

from kith import clock
from kith.birthdays.schemas import UpcomingPage
from kith.birthdays.upcoming.cursors import decode_upcoming_cursor
from kith.birthdays.upcoming.service import DateWindow, UpcomingPageRequest, list_upcoming
from kith.contacts.dependencies import next_page_header
from kith.contacts.entities import Owner
from kith.database.unit_of_work import database
from kith.errors import Fault, Invalid
from kith.http.application import make_router
from kith.http.openapi import error_responses
from kith.http.pagination import Cursor, PageSize, Skip, Whole, encode_cursor
from kith.http.rate_limit import RateLimitedUser

router = make_router("birthdays")

_UPCOMING = "/api/contacts/upcoming_birthdays"

DaysParameter = Annotated[
    Whole, Query(ge=0, le=366, description="How many days ahead; 0 is today only.")
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
    responses=error_responses(422),
)
async def list_upcoming_birthdays(  # noqa: PLR0913, PLR0917 - the parameters that there are
    request: Request,
    user: RateLimitedUser,
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
    page = UpcomingPageRequest(after, skip, limit)
    owner = Owner(user.id, today, user.leap_day, None)
    with database().reading() as connection:
        items, last = list_upcoming(connection, owner, window, page)
    next_cursor = encode_cursor(last) if last else None
    span = {"today": today, "time_zone": zone, "from": today, "to": window.end}
    shown = {**span, "items": items, "next_cursor": next_cursor}
    headers = next_page_header(request, _UPCOMING, next_cursor)
    return Response(to_json(shown), headers=headers, media_type="application/json")


def _zone(name: str) -> ZoneInfo:
    try:
        return clock.zone_named(name)
    except LookupError:
        raise TimeZoneUnknown from None
