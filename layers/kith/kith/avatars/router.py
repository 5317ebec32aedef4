"""The routes of pictures: of the signed-in user, and of their contacts."""

import hashlib
from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Header
from starlette.requests import Request
from starlette.responses import Response

from kith import clock
from kith.accounts.profile import require_user
from kith.accounts.schemas import UserAnswer
from kith.avatars import initials, repository, service
from kith.avatars.repository import Place
from kith.avatars.schemas import FORM, UploadReceipt, UploadTicket
from kith.avatars.storage import Receipt
from kith.avatars.uploads import file_of
from kith.contacts.arrivals import ContactId, Met, Mine, answer
from kith.contacts.schemas import Contact
from kith.contacts.service import show
from kith.database.session import database
from kith.errors import NotFound, TooManyRequests
from kith.http.application import make_router
from kith.http.documented import refusals
from kith.http.identity import CurrentUser, Who
from kith.limits.limiter import limiter
from kith.limits.windows import Limit
from kith.settings import settings

router = make_router("avatars")
ROUTERS: Final = (router,)

_REFUSED: Final = (400, 413, 415, 422, 429, 503)
_SHOWN_FOR: Final = "public, max-age=3600"
_NO_SCRIPTS: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


async def sender(who: Who, request: Request) -> CurrentUser:
    """The signed-in user, after one more picture was counted for them.

    Raises:
        TooManyRequests: the hour's pictures are used up; nothing was read yet.
    """
    limit = Limit("pictures", settings().pictures_changed, timedelta(hours=1))
    verdict = limiter().hit(limit, str(who.id), clock.now())
    request.scope["kith.headers"].update(verdict.headers())
    if not verdict.allowed:
        raise TooManyRequests(verdict.resets_in, headers=verdict.headers())
    return who


Sender = Annotated[CurrentUser, Depends(sender)]


@router.patch(
    "/api/users/avatar",
    operation_id="update_avatar",
    summary="Change my picture",
    response_model=UserAnswer,
    responses=refusals(*_REFUSED, 412),
    openapi_extra=FORM,
)
@router.put(
    "/api/users/avatar",
    operation_id="replace_avatar",
    summary="Change my picture",
    response_model=UserAnswer,
    responses=refusals(*_REFUSED, 412),
    openapi_extra=FORM,
)
async def change_avatar(who: Sender, met: Met, request: Request) -> Response:
    """It is turned upright, stripped of metadata and cut to a square of 512 pixels."""
    service.change(Place(who.id), await file_of(request), check=met)
    return _me(who)


@router.delete(
    "/api/users/avatar",
    operation_id="delete_avatar",
    summary="Take my picture down",
    status_code=204,
    response_class=Response,
    responses=refusals(412),
)
async def delete_avatar(who: Who, met: Met) -> Response:
    """My initials are shown instead."""
    service.take_down(Place(who.id), check=met)
    return Response(status_code=204)


@router.post(
    "/api/users/avatar/upload-signature",
    operation_id="sign_avatar_upload",
    summary="Upload my picture straight from a browser",
    response_model=UploadTicket,
    responses=refusals(429, 503),
)
async def sign_upload(who: Sender) -> Response:
    """What a browser posts to Cloudinary together with the picture; then `confirm` it."""
    ticket = service.ticket(Place(who.id))
    answer = UploadTicket(url=ticket.url, fields=ticket.fields, file_field="file")
    return Response(answer.model_dump_json(), media_type="application/json")


@router.post(
    "/api/users/avatar/confirm",
    operation_id="confirm_avatar_upload",
    summary="Show the picture that a browser uploaded",
    response_model=UserAnswer,
    responses=refusals(400, 409, 415, 422, 429, 503),
)
async def confirm_upload(who: Sender, receipt: UploadReceipt) -> Response:
    """Cloudinary's signature is checked; a receipt counts once."""
    service.confirm(Place(who.id), Receipt(receipt.public_id, receipt.version, receipt.signature))
    return _me(who)


@router.get(
    "/api/users/{user_id}/initials.svg",
    operation_id="read_initials",
    summary="The picture of those who have none",
    response_class=Response,
    responses={
        200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}},
        304: {"description": "It is still the same."},
        **refusals(404),
    },
)
async def read_initials(
    user_id: UUID,
    if_none_match: Annotated[str | None, Header(alias="If-None-Match", max_length=200)] = None,
) -> Response:
    """Initials on a colour, for everybody and for an hour."""
    with database().reading() as connection:
        name = repository.name_of(connection, user_id)
    if name is None:
        raise NotFound
    picture = initials.drawn(name, str(user_id))
    tag = f'"{hashlib.sha256(picture.encode()).hexdigest()[:20]}"'
    headers = {"ETag": tag, "Cache-Control": _SHOWN_FOR, "Content-Security-Policy": _NO_SCRIPTS}
    if tag in (if_none_match or ""):
        return Response(status_code=304, headers=headers)
    return Response(picture, media_type="image/svg+xml", headers=headers)


@router.patch(
    "/api/contacts/{contact_id}/photo",
    operation_id="update_contact_photo",
    summary="Change a contact's picture",
    response_model=Contact,
    dependencies=[Depends(sender)],
    responses=refusals(*_REFUSED, 404, 412),
    openapi_extra=FORM,
)
async def change_photo(owner: Mine, contact_id: ContactId, met: Met, request: Request) -> Response:
    """Made as my own picture is."""
    service.change(Place(owner.id, contact_id), await file_of(request), check=met)
    with database().reading() as connection:
        return answer(show(connection, owner, contact_id))


@router.delete(
    "/api/contacts/{contact_id}/photo",
    operation_id="delete_contact_photo",
    summary="Take a contact's picture down",
    status_code=204,
    response_class=Response,
    responses=refusals(404, 412),
)
async def delete_photo(owner: Mine, contact_id: ContactId, met: Met) -> Response:
    """`photo_url` is null again."""
    service.take_down(Place(owner.id, contact_id), check=met)
    return Response(status_code=204)


def _me(who: CurrentUser) -> Response:
    user = require_user(who.id)
    answer = UserAnswer.of(user)
    headers = {"ETag": answer.etag}
    return Response(answer.model_dump_json(), media_type="application/json", headers=headers)
