"""One's own account over HTTP."""

from typing import Final

from pydantic_core import to_json
from starlette.responses import Response

from kith.accounts.account.deletion import delete_account, export_account
from kith.accounts.account.service import update_profile
from kith.accounts.dependencies import CurrentCaller, empty_response, model_response
from kith.accounts.entities import User
from kith.accounts.schemas import Farewell, UserAnswer, UserUpdate
from kith.accounts.user_repository import require_user
from kith.http.application import make_router
from kith.http.authentication import CurrentUser
from kith.http.conditional import IfMatch
from kith.http.content_encoding import AcceptEncoding, accepts_gzip, compress
from kith.http.openapi import error_responses

router = make_router("users")

# A function answers with 6 MB at most, and a large address book has more to say.
_PLAIN_BYTES: Final = 5_000_000


@router.get(
    "/api/users/me",
    operation_id="get_me",
    response_model=UserAnswer,
    responses=error_responses(401),
)
async def get_me(who: CurrentUser) -> Response:
    """The account that is signed in."""
    return _shown(require_user(who.id))


@router.patch(
    "/api/users/me",
    operation_id="update_me",
    response_model=UserAnswer,
    responses=error_responses(401, 412, 422),
)
async def update_me(wish: UserUpdate, who: CurrentUser, precondition: IfMatch) -> Response:
    """Change name, time zone, language or reminders; what is left out stays as it is."""
    return _shown(update_profile(who.id, wish, precondition))


@router.delete(
    "/api/users/me",
    operation_id="delete_me",
    status_code=204,
    response_class=Response,
    responses=error_responses(400, 401, 412, 422, 429),
)
async def delete_me(
    farewell: Farewell, who: CurrentUser, caller: CurrentCaller, precondition: IfMatch
) -> Response:
    """Delete the account with everything in it: contacts, reminders, pictures, sessions."""
    delete_account(who.id, farewell.password, caller, precondition)
    return empty_response()


@router.get("/api/users/me/export", operation_id="export_me", responses=error_responses(401))
async def export_me(who: CurrentUser, accept_encoding: AcceptEncoding = "") -> Response:
    """All that we know of this account, in one JSON document; compressed where it is long."""
    everything = to_json(export_account(who.id, who.session_id))
    headers = {
        "Content-Disposition": 'attachment; filename="kith-export.json"',
        "Vary": "Accept-Encoding",
    }
    if accepts_gzip(accept_encoding) or len(everything) > _PLAIN_BYTES:
        everything = compress(everything)
        headers["Content-Encoding"] = "gzip"
    return Response(everything, headers=headers, media_type="application/json")


def _shown(user: User) -> Response:
    shown = UserAnswer.of(user)
    return model_response(shown, headers={"ETag": shown.etag})
