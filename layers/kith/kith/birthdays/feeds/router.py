"""Calendar feeds over HTTP: managed by their owner, read by calendar programs."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response
from pydantic_core import to_json

from kith import clock
from kith.birthdays.feeds.repository import FeedRepository, Subscription
from kith.birthdays.feeds.service import (
    create_feed_token,
    digest_feed_token,
    mark_feed_read,
    open_feed,
    revoke_feed,
)
from kith.birthdays.schemas import FeedList, NewFeed
from kith.database.unit_of_work import database
from kith.http.application import make_router
from kith.http.conditional import IfNoneMatch, is_not_modified
from kith.http.content_encoding import AcceptEncoding, accepts_gzip, compress
from kith.http.openapi import error_responses, headers_of
from kith.http.rate_limit import RateLimitedUser, count_request
from kith.http.response_size import MAX_BODY_BYTES
from kith.limits.windows import Limit
from kith.settings import settings

router = make_router("birthdays")

_JSON = "application/json"
_ICAL = "text/calendar; charset=utf-8"
_NOT_MODIFIED = 304

FeedToken = Annotated[
    str,
    Path(
        max_length=100,
        description="The secret of the address.",
        json_schema_extra={"pattern": "^[A-Za-z0-9_-]+$"},
    ),
]


@router.post(
    "/api/birthdays/feeds",
    operation_id="create_feed",
    status_code=201,
    response_model=NewFeed,
    responses=error_responses(too_many_feeds=409),
)
async def create_feed(user: RateLimitedUser) -> Response:
    """Make a secret calendar address. It is shown this once; at most five at a time."""
    with database().writing() as work:
        feed = create_feed_token(work, user.id, clock.now())
    return Response(to_json(feed), 201, media_type=_JSON)


@router.get("/api/birthdays/feeds", operation_id="list_feeds", response_model=FeedList)
async def list_feeds(user: RateLimitedUser) -> Response:
    """List the calendar addresses, without their secrets."""
    with database().reading() as connection:
        feeds = FeedRepository(connection, user.id).all()
    return Response(to_json({"items": feeds}), media_type=_JSON)


@router.delete(
    "/api/birthdays/feeds/{feed_id}",
    operation_id="delete_feed",
    status_code=204,
    response_class=Response,
    responses=error_responses(feed_not_found=404),
)
async def delete_feed(user: RateLimitedUser, feed_id: UUID) -> Response:
    """Revoke a calendar address at once."""
    with database().writing() as work:
        revoke_feed(work, user.id, feed_id)
    return Response(status_code=204)


@router.get(
    "/feeds/{token}.ics",
    operation_id="read_feed",
    response_class=Response,
    responses={
        200: {
            "description": "The birthdays of this year and the next two, as all-day events.",
            "content": {"text/calendar": {"schema": {"type": "string"}}},
            "headers": headers_of("ETag"),
        },
        304: {"description": "It has not changed.", "headers": headers_of("ETag")},
        **error_responses(429, feed_not_found=404),
    },
)
async def read_feed(
    request: Request,
    token: FeedToken,
    if_none_match: IfNoneMatch = "",
    accept_encoding: AcceptEncoding = "",
) -> Response:
    """Read a calendar (RFC 5545). No sign-in: whoever knows the address may."""
    limit = Limit("feed", settings().feed_requests, timedelta(hours=1))
    count_request(request, limit, digest_feed_token(token).hex())
    with database().reading() as connection:
        calendar = open_feed(connection, token)
    _record_reading(calendar.subscription)
    with database().reading() as connection:
        etag = calendar.etag
        headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
        if is_not_modified(etag, if_none_match):
            return Response(status_code=_NOT_MODIFIED, headers=headers)
        content = calendar.text(connection, MAX_BODY_BYTES * 9 // 10)  # gzip can add a little
    if accepts_gzip(accept_encoding):
        content = compress(content)
        headers["Content-Encoding"] = "gzip"
    return Response(content, headers=headers, media_type=_ICAL)


def _record_reading(feed: Subscription) -> None:
    today = clock.now().date()
    if feed.last_read_on != today:
        with database().writing() as work:
            mark_feed_read(work, feed, today)
