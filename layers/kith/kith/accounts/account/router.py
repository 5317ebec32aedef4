"""One's own account over HTTP."""

from fastapi import Depends
from starlette.responses import Response

from kith.accounts.account.data_export import export_account
from kith.accounts.account.deletion import delete_account_in_two_transactions
from kith.accounts.account.service import update_profile
from kith.accounts.dependencies import (
    AccountUser,
    CurrentCaller,
    empty_response,
    limit_exports,
    user_response,
)
from kith.accounts.schemas import Farewell, UserAnswer, UserUpdate
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import database
from kith.deadline import extend_deadline
from kith.http.application import make_router
from kith.http.conditional import IfMatch
from kith.http.content_encoding import AcceptEncoding, accepts_gzip, compress
from kith.http.openapi import error_responses
from kith.http.response_size import MAX_BODY_BYTES
from kith.settings import settings

router = make_router("users")


@router.get(
    "/api/users/me",
    operation_id="get_me",
    response_model=UserAnswer,
    responses=error_responses(401, 429),
)
async def get_me(user: AccountUser) -> Response:
    """The account that is signed in."""
    with database().loading() as session:
        return user_response(UserRepository(session).require(user.id))


@router.patch(
    "/api/users/me",
    operation_id="update_me",
    response_model=UserAnswer,
    responses=error_responses(401, 412, 422, 429),
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
    responses=error_responses(400, 401, 412, 422, 429),
)
async def delete_me(
    sent: Farewell, user: AccountUser, caller: CurrentCaller, precondition: IfMatch
) -> Response:
    """Delete the account with everything in it: contacts, reminders, pictures, sessions."""
    delete_account_in_two_transactions(user.id, sent.password, caller, precondition)
    return empty_response()


@router.get(
    "/api/users/me/export",
    operation_id="export_me",
    dependencies=[Depends(limit_exports)],
    responses=error_responses(401, 429),
)
async def export_me(user: AccountUser, accept_encoding: AcceptEncoding = "") -> Response:
    """All that we know of this account, in one JSON document.

    Where an address book, its trash or the reminders are longer than a response may be, the
    document says where they go on: `contacts_next`, `trash_next`, `reminders_next`.
    """
    extend_deadline(settings().file_time.total_seconds())
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
