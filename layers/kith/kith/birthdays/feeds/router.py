"""Calendar feeds over HTTP: made, listed and revoked by their owner, read by calendar programs."""

import gzip
import re
from typing import Annotated
from uuid import UUID

from fastapi import Header, Path, Response
from pydantic_core import to_json

from kith import clock
from kith.birthdays.feeds.repository import FeedRepository
from kith.birthdays.feeds.service import create_feed_token, open_feed, revoke_feed
from kith.birthdays.schemas import FeedList, NewFeed
from kith.database.unit_of_work import database
from kith.http.application import make_router
from kith.http.openapi import error_responses
from kith.http.rate_limit import RateLimitedUser

router = make_router("birthdays")

_JSON = "application/json"
_ICAL = "text/calendar; charset=utf-8"
_NOT_MODIFIED = 304
_NOTHING = re.compile(r"\s*q\s*=\s*0(\.0*)?\s*")

FeedToken = Annotated[str, Path(max_length=100, description="The secret of the address.")]
IfNoneMatch = Annotated[str, Header(alias="If-None-Match", max_length=1000)]
FeedAcceptEncoding = Annotated[str, Header(alias="Accept-Encoding", max_length=1000)]


@router.post(
    "/api/birthdays/feeds",
    operation_id="create_feed",
    status_code=201,
    response_model=NewFeed,
    responses=error_responses(409),
)
async def create_feed(who: RateLimitedUser) -> Response:
    """Make a secret calendar address. It is shown this once; at most five at a time."""
    with database().writing() as work:
        shown = create_feed_token(work, who.id, clock.now())
    return Response(to_json(shown), 201, media_type=_JSON)


@router.get("/api/birthdays/feeds", operation_id="list_feeds", response_model=FeedList)
async def list_feeds(who: RateLimitedUser) -> Response:
    """List the calendar addresses, without their secrets."""
    with database().reading() as connection:
        shown = FeedRepository(connection, who.id).all()
    return Response(to_json({"items": shown}), media_type=_JSON)


@router.delete(
    "/api/birthdays/feeds/{feed_id}",
    operation_id="delete_feed",
    status_code=204,
    response_class=Response,
    responses=error_responses(404),
)
async def delete_feed(who: RateLimitedUser, feed_id: UUID) -> Response:
    """Revoke a calendar address at once."""
    with database().writing() as work:
        revoke_feed(work, who.id, feed_id)
    return Response(status_code=204)


@router.get(
    "/feeds/{token}.ics",
    operation_id="read_feed",
    response_class=Response,
    responses={
        200: {
            "description": "The birthdays of this year and the next two, as all-day events.",
            "content": {"text/calendar": {"schema": {"type": "string"}}},
        },
        304: {"description": "It has not changed."},
        **error_responses(404),
    },
)
async def read_feed(
    token: FeedToken, if_none_match: IfNoneMatch = "", accept_encoding: FeedAcceptEncoding = ""
) -> Response:
    """Read a calendar (RFC 5545). No sign-in: whoever knows the address may."""
    squeezed = _takes_gzip(accept_encoding)
    with database().reading() as connection:
        calendar = open_feed(connection, token)
        etag = calendar.etag
        headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
        if _is_known(etag, if_none_match):
            return Response(status_code=_NOT_MODIFIED, headers=headers)
        content = calendar.text(connection, bounded=not squeezed).encode()
    if squeezed:
        content = gzip.compress(content, compresslevel=5, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(content, headers=headers, media_type=_ICAL)


def _takes_gzip(accept_encoding: str) -> bool:
    for offer in accept_encoding.lower().split(","):
        coding, _, weight = offer.partition(";")
        if coding.strip() == "gzip":
            return not _NOTHING.fullmatch(weight)
    return False


def _is_known(etag: str, if_none_match: str) -> bool:
    """By weak comparison (RFC 9110, 13.1.2)."""
    known = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return "*" in known or etag in known
