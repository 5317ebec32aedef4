"""Birthdays over HTTP: who is next."""

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query, Request, Response

from kith import clock
from kith.birthdays import cursors, upcoming
from kith.birthdays.schemas import UpcomingPage
from kith.birthdays.upcoming import Stretch, Window
from kith.contacts.answers import as_json
from kith.contacts.owner import Owner
from kith.database.session import database
from kith.errors import Fault, Invalid
from kith.http.application import make_router
from kith.http.documented import refusals
from kith.http.limited import LimitedWho
from kith.http.paging import Cursor, PageSize, Skip, Whole, link_to_next, write_cursor

router = make_router("birthdays")

_UPCOMING = "/api/contacts/upcoming_birthdays"

Days = Annotated[Whole, Query(ge=0, le=366, description="How many days ahead; 0 is today only.")]
TimeZone = Annotated[
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
    responses=refusals(422),
)
async def list_upcoming_birthdays(  # noqa: PLR0913, PLR0917 - the parameters that there are
    request: Request,
    who: LimitedWho,
    days: Days = 7,
    tz: TimeZone = None,
    cursor: Cursor = None,
    skip: Skip = 0,
    limit: PageSize = 100,
) -> Response:
    """Whose birthday comes next, from today on in the user's time zone, both ends included."""
    zone = tz or who.time_zone
    today = clock.today(_zone(zone))
    window = Window(today, days, who.leap_day)
    stretch = Stretch(cursors.read_upcoming(cursor) if cursor else None, skip, limit)
    owner = Owner(who.id, today, who.leap_day, None)
    with database().reading() as connection:
        items, last = upcoming.find(connection, owner, window, stretch)
    next_cursor = write_cursor(last) if last else None
    span = {"today": today, "time_zone": zone, "from": today, "to": window.end}
    shown = {**span, "items": items, "next_cursor": next_cursor}
    return Response(
        as_json(shown), headers=_links(request, next_cursor), media_type="application/json"
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return clock.zone_named(name)
    except LookupError:
        raise TimeZoneUnknown from None


def _links(request: Request, cursor: str | None) -> dict[str, str]:
    if cursor is None:
        return {}
    asked = {name: text for name, text in request.query_params.items() if name != "skip"}
    return {"Link": link_to_next(_UPCOMING, {**asked, "cursor": cursor})}
