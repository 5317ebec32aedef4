"""One's own account over HTTP."""

import gzip
from typing import Annotated, Final

from fastapi import Header
from pydantic_core import to_json
from starlette.responses import Response

from kith.accounts import leaving, profile
from kith.accounts.calling import CalledBy, answer, nothing
from kith.accounts.schemas import Farewell, UserAnswer, UserUpdate
from kith.accounts.vocabulary import User
from kith.http.application import make_router
from kith.http.documented import refusals
from kith.http.etags import IfMatch
from kith.http.identity import Who

router = make_router("users")

# A function answers with 6 MB at most, and a large address book has more to say.
_PLAIN_BYTES: Final = 5_000_000

AcceptEncoding = Annotated[str, Header(alias="Accept-Encoding", max_length=1000)]


@router.get(
    "/api/users/me", operation_id="get_me", response_model=UserAnswer, responses=refusals(401)
)
async def read_me(who: Who) -> Response:
    """The account that is signed in."""
    return _shown(profile.require_user(who.id))


@router.patch(
    "/api/users/me",
    operation_id="update_me",
    response_model=UserAnswer,
    responses=refusals(401, 412, 422),
)
async def update_me(wish: UserUpdate, who: Who, if_match: IfMatch = None) -> Response:
    """Change name, time zone, language or reminders; what is left out stays as it is."""
    return _shown(profile.change(who.id, wish, expected=if_match))


@router.delete(
    "/api/users/me",
    operation_id="delete_me",
    status_code=204,
    response_class=Response,
    responses=refusals(400, 401, 412, 422, 429),
)
async def delete_me(
    farewell: Farewell, who: Who, caller: CalledBy, if_match: IfMatch = None
) -> Response:
    """Delete the account with everything in it: contacts, reminders, pictures, sessions."""
    leaving.leave(who.id, farewell.password, caller, expected=if_match)
    return nothing()


@router.get("/api/users/me/export", operation_id="export_me", responses=refusals(401))
async def export_me(who: Who, accept_encoding: AcceptEncoding = "") -> Response:
    """All that we know of this account, in one JSON document; compressed where it is long."""
    everything = to_json(leaving.export(who.id, who.session_id))
    headers = {
        "Content-Disposition": 'attachment; filename="kith-export.json"',
        "Vary": "Accept-Encoding",
    }
    if "gzip" in accept_encoding or len(everything) > _PLAIN_BYTES:
        everything = gzip.compress(everything, compresslevel=5, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(everything, headers=headers, media_type="application/json")


def _shown(user: User) -> Response:
    shown = UserAnswer.of(user)
    return answer(shown, headers={"ETag": shown.etag})
