"""Reminders over HTTP: what was sent, to whom, when, and why not."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import StringConstraints

from kith import clock
from kith.birthdays import cursors, history
from kith.birthdays.history import Stretch
from kith.birthdays.schemas import ReminderPage
from kith.birthdays.wall_clocks import zone_named
from kith.contacts.answers import as_json
from kith.database.session import database
from kith.errors import Fault, Invalid
from kith.http.application import make_router
from kith.http.documented import refusals
from kith.http.limited import LimitedWho
from kith.http.paging import Cursor, PageSize, Skip, link_to_next, write_cursor

router = make_router("birthdays")

_REMINDERS = "/api/birthdays/reminders"
_A_MONTH = timedelta(days=30)

Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
First = Annotated[
    Day | None,
    Query(alias="from", description="30 days before `to`, if left out.", examples=["2027-05-01"]),
]
Last = Annotated[
    Day | None, Query(description="Included; today, if left out.", examples=["2027-05-31"])
]


class DayInvalid(Invalid):
    code = "day_invalid"
    detail = "This is no day of the calendar."

    def __init__(self, name: str) -> None:
        super().__init__(faults=[Fault(f"/query/{name}", self.code, self.detail)])


class SpanInvalid(Invalid):
    code = "span_invalid"
    detail = "`from` must not lie after `to`."

    def __init__(self) -> None:
        super().__init__(faults=[Fault("/query/from", self.code, self.detail)])


@router.get(
    _REMINDERS,
    operation_id="list_reminders",
    response_model=ReminderPage,
    responses=refusals(422),
)
async def list_reminders(  # noqa: PLR0913, PLR0917 - the parameters that there are
    request: Request,
    who: LimitedWho,
    first: First = None,
    to: Last = None,
    cursor: Cursor = None,
    skip: Skip = 0,
    limit: PageSize = 100,
) -> Response:
    """What became of the reminders of a range of days, the latest first."""
    since, until = _span(first, to, clock.today(zone_named(who.time_zone)))
    after = cursors.read_history(cursor) if cursor else None
    with database().reading() as connection:
        stretch = Stretch(since, until, after, skip, limit)
        items, last = history.find(connection, who.id, stretch)
    next_cursor = write_cursor(last) if last else None
    shown = {"items": items, "next_cursor": next_cursor}
    return Response(
        as_json(shown), headers=_links(request, next_cursor), media_type="application/json"
    )


def _span(first: str | None, last: str | None, today: date) -> tuple[date, date]:
    to = _read("to", last) if last else today
    since = _read("from", first) if first else max(to, date.min + _A_MONTH) - _A_MONTH
    if since > to:
        raise SpanInvalid
    return since, to


def _read(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DayInvalid(name) from None


def _links(request: Request, cursor: str | None) -> dict[str, str]:
    if cursor is None:
        return {}
    asked = {name: text for name, text in request.query_params.items() if name != "skip"}
    return {"Link": link_to_next(_REMINDERS, {**asked, "cursor": cursor})}
