"""One's own account over HTTP."""

from fastapi import Depends
from starlette.responses import Response

from kith import clock
from kith.accounts.account.data_export import export_account
from kith.accounts.account.deletion import delete_account_in_two_transactions
from kith.accounts.account.service import update_profile
from kith.accounts.dependencies import (
    AccountUser,
    CurrentCaller,
    empty_response,
    limit_exports,
    model_response,
    user_response,
)
from kith.accounts.events import EventKind, list_events, record_event
from kith.accounts.schemas import AccountDeletion, EventAnswer, EventPage, UserAnswer, UserUpdate
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import database
from kith.deadline import extend_deadline
from kith.http.application import make_router
from kith.http.conditional import IfMatch
from kith.http.content_encoding import AcceptEncoding, accepts_gzip, compress
from kith.http.openapi import error_responses, headers_of
from kith.http.pagination import Cursor, PageSize, decode_cursor, encode_cursor, link_to_next
from kith.http.response_size import MAX_BODY_BYTES
from kith.settings import settings

router = make_router("users")

_EVENTS = "/api/users/me/events"


@router.get(
    "/api/users/me",
    operation_id="get_me",
    response_model=UserAnswer,
    responses=error_responses(429),
)
async def get_me(user: AccountUser) -> Response:
    """The account that is signed in."""
    with database().loading() as session:
        return user_response(UserRepository(session).require(user.id))


@router.patch(
    "/api/users/me",
    operation_id="update_me",
    response_model=UserAnswer,
    responses=error_responses(429),
)
async def update_me(sent: UserUpdate, user: AccountUser, precondition: IfMatch) -> Response:
    """Change name, time zone, language or reminders; what is left out stays as it is."""
    with database().writing() as work:
        changed = update_profile(work, user.id, sent, precondition)
    return user_response(changed)


@router.delete(
    "/api/users/me",
    operation_id="delete_me",
    status_code=204,
    response_class=Response,
    responses=error_responses(
        429, bad_credentials=400, too_many_attempts=429, busy=503, keys_unavailable=503
    ),
)
async def delete_me(
    sent: AccountDeletion, user: AccountUser, caller: CurrentCaller, precondition: IfMatch
) -> Response:
    """Delete the account with everything in it: contacts, reminders, pictures, sessions."""
    delete_account_in_two_transactions(user.id, sent.password, caller, precondition)
    return empty_response()


@router.get(
    "/api/users/me/export",
    operation_id="export_me",
    dependencies=[Depends(limit_exports)],
    responses={
        200: {
            "content": {"application/json": {"schema": {"type": "object"}}},
            "headers": headers_of("Content-Disposition"),
        },
        **error_responses(429),
    },
)
async def export_me(
    user: AccountUser, caller: CurrentCaller, accept_encoding: AcceptEncoding = ""
) -> Response:
    """All that we know of this account, in one JSON document.

    Where an address book, its trash or the reminders are longer than a response may be, the
    document says where they go on: `contacts_next`, `trash_next`, `reminders_next`.
    """
    extend_deadline(settings().file_time.total_seconds())
    with database().writing() as work:
        record_event(work, EventKind.DATA_EXPORTED, user.id, caller, clock.now())
    with database().loading() as session:
        document = export_account(session, user.id, user.session_id, MAX_BODY_BYTES * 9 // 10)
    headers = {
        "Content-Disposition": 'attachment; filename="kith-export.json"',
        "Vary": "Accept-Encoding",
    }
    if accepts_gzip(accept_encoding):
        document = compress(document)
        headers["Content-Encoding"] = "gzip"
    return Response(document, headers=headers, media_type="application/json")


@router.get(
    _EVENTS,
    operation_id="list_account_events",
    response_model=EventPage,
    responses=error_responses(429),
)
async def list_account_events(
    user: AccountUser, cursor: Cursor = None, limit: PageSize = 100
) -> Response:
    """What happened to the account in the last 90 days, the latest first."""
    before_id = decode_cursor(cursor, (int,))[0] if cursor else None
    with database().loading() as session:
        found = list_events(session, user.id, clock.now(), before_id, limit + 1)
    items = [EventAnswer.of(event) for event in found[:limit]]
    next_cursor = encode_cursor([items[-1].id]) if len(found) > limit else None
    headers = {}
    if next_cursor:
        headers["Link"] = link_to_next(_EVENTS, {"limit": str(limit), "cursor": next_cursor})
    return model_response(EventPage(items=items, next_cursor=next_cursor), headers=headers)
