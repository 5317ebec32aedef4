"""One's own sessions over HTTP: which there are, and how to end them."""

from uuid import UUID

from starlette.responses import Response

from kith.accounts.dependencies import (
    AccountUser,
    CurrentCaller,
    FreshUser,
    empty_response,
    model_response,
    require_fresh_proof,
)
from kith.accounts.schemas import SessionAnswer, SessionList
from kith.accounts.sessions.cookie import CookieSession, ended_response
from kith.accounts.sessions.service import (
    list_active_sessions,
    log_out,
    revoke_all_sessions,
    revoke_session,
)
from kith.database.unit_of_work import database
from kith.http.application import make_router
from kith.http.openapi import error_responses

router = make_router("sessions")


@router.post(
    "/api/auth/logout",
    operation_id="log_out",
    status_code=204,
    response_class=Response,
    responses=error_responses(429, origin_not_allowed=403),
)
async def log_out_here(
    user: AccountUser, caller: CurrentCaller, in_cookie: CookieSession
) -> Response:
    """End this session: its tokens stop counting at once."""
    with database().writing() as work:
        log_out(work, user.id, user.session_id, caller)
    return ended_response(in_cookie=in_cookie)


@router.post(
    "/api/auth/logout-all",
    operation_id="log_out_everywhere",
    status_code=204,
    response_class=Response,
    responses=error_responses(429, origin_not_allowed=403, fresh_proof_needed=401),
)
async def log_out_everywhere(
    user: FreshUser, caller: CurrentCaller, in_cookie: CookieSession
) -> Response:
    """End all sessions, this one too; asks for a recent proof."""
    with database().writing() as work:
        revoke_all_sessions(work, user.id, caller)
    return ended_response(in_cookie=in_cookie)


@router.get(
    "/api/auth/sessions",
    operation_id="list_sessions",
    response_model=SessionList,
    responses=error_responses(429),
)
async def list_sessions(user: AccountUser) -> Response:
    """The sessions that are alive, the last used first."""
    with database().loading() as session:
        living = list_active_sessions(session, user.id)
    items = [SessionAnswer.of(each, current=each.id == user.session_id) for each in living]
    return model_response(SessionList(items=items))


@router.delete(
    "/api/auth/sessions/{session_id}",
    operation_id="end_session",
    status_code=204,
    response_class=Response,
    responses=error_responses(429, fresh_proof_needed=401, session_not_found=404),
)
async def end_session(session_id: UUID, user: AccountUser, caller: CurrentCaller) -> Response:
    """End one session, perhaps on a phone that was lost; another one asks for a recent proof."""
    if session_id != user.session_id:
        require_fresh_proof(user)
    with database().writing() as work:
        revoke_session(work, user.id, session_id, caller)
    return empty_response()
