"""The reminder history over HTTP."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import StringConstraints

from kith import clock
from kith.birthdays.reminders.cursors import decode_history_cursor, encode_history_cursor
from kith.birthdays.reminders.history import (
    HistoryPageRequest,
    HistoryPosition,
    ReminderOutcome,
    list_reminder_history,
)
from kith.birthdays.schemas import ReminderPage
from kith.birthdays.time_zones import zone_or_utc
from kith.contacts.dependencies import list_response, next_page_header
from kith.database.unit_of_work import database
from kith.errors import Fault, Invalid
from kith.http.application import make_router
from kith.http.openapi import error_responses
from kith.http.pagination import Cursor, PageSize, Skip
from kith.http.rate_limit import RateLimitedUser
from kith.http.response_size import Chunks, fit_items

router = make_router("birthdays")

_REMINDERS = "/api/birthdays/reminders"
_A_MONTH = timedelta(days=30)

DayParameter = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
First = Annotated[
    DayParameter | None,
    Query(alias="from", description="30 days before `to`, if left out.", examples=["2027-05-01"]),
]
Last = Annotated[
    DayParameter | None, Query(description="Included; today, if left out.", examples=["2027-05-31"])
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
    responses=error_responses(day_invalid=422, span_invalid=422),
)
async def list_reminders(  # noqa: PLR0913, PLR0917 - the parameters that there are
    request: Request,
    user: RateLimitedUser,
    first: First = None,
    to: Last = None,
    cursor: Cursor = None,
    skip: Skip = 0,
    limit: PageSize = 100,
) -> Response:
    """What became of the reminders of a range of days, the latest first."""
    since, until = _span(first, to, clock.today(zone_or_utc(user.time_zone)))
    after = decode_history_cursor(cursor) if cursor else None
    page = HistoryPageRequest(since, until, after, skip, limit)

    def fetch(
        limit: int, after: HistoryPosition | None
    ) -> tuple[list[ReminderOutcome], HistoryPosition | None]:
        part = replace(page, limit=limit)
        part = replace(part, after=after, skip=0) if after else part
        return list_reminder_history(connection, user.id, part)

    chunks = Chunks(limit, fetch)
    with database().reading() as connection:
        items = fit_items(chunks, lambda outcome: outcome)
    last = items.last.position if items.last else chunks.last
    next_cursor = encode_history_cursor(last) if last else None
    headers = next_page_header(request, _REMINDERS, next_cursor)
    return list_response(items.json, {"next_cursor": next_cursor}, headers)


def _span(first: str | None, last: str | None, today: date) -> tuple[date, date]:
    to = _parse_day("to", last) if last else today
    since = _parse_day("from", first) if first else max(to, date.min + _A_MONTH) - _A_MONTH
    if since > to:
        raise SpanInvalid
    return since, to


def _parse_day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DayInvalid(name) from None
