"""One's own sessions over HTTP: which there are, and how to end them."""

from uuid import UUID

from starlette.responses import Response

from kith.accounts import sessions
from kith.accounts.calling import answer, nothing
from kith.accounts.schemas import SessionAnswer, SessionList
from kith.http.application import make_router
from kith.http.documented import refusals
from kith.http.identity import Who

router = make_router("sessions")


@router.post(
    "/api/auth/logout",
    operation_id="log_out",
    status_code=204,
    response_class=Response,
    responses=refusals(401),
)
async def log_out(who: Who) -> Response:
    """End this session: its tokens stop counting at once."""
    sessions.end_quietly(who.id, who.session_id)
    return nothing()


@router.post(
    "/api/auth/logout-all",
    operation_id="log_out_everywhere",
    status_code=204,
    response_class=Response,
    responses=refusals(401),
)
async def log_out_everywhere(who: Who) -> Response:
    """End all sessions, this one too."""
    sessions.end_all(who.id)
    return nothing()


@router.get(
    "/api/auth/sessions",
    operation_id="list_sessions",
    response_model=SessionList,
    responses=refusals(401),
)
async def list_sessions(who: Who) -> Response:
    """The sessions that are alive, the last used first."""
    living = sessions.living(who.id)
    items = [SessionAnswer.of(each, current=each.id == who.session_id) for each in living]
    return answer(SessionList(items=items))


@router.delete(
    "/api/auth/sessions/{session_id}",
    operation_id="end_session",
    status_code=204,
    response_class=Response,
    responses=refusals(401, 404, 422),
)
async def end_session(session_id: UUID, who: Who) -> Response:
    """End one session, perhaps on a phone that was lost."""
    sessions.end(who.id, session_id)
    return nothing()
