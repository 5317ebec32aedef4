"""The routes of pictures: of the signed-in user, and of their contacts."""

import hashlib
from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from kith.accounts.schemas import UserAnswer
from kith.accounts.user_repository import require_user
from kith.avatars.initials import draw_initials
from kith.avatars.multipart import read_upload
from kith.avatars.repository import PictureSlot, account_name
from kith.avatars.schemas import FORM, UploadReceipt, UploadTicket
from kith.avatars.service import accept_upload, change_picture, issue_upload_ticket, remove_picture
from kith.avatars.storage import ProviderReceipt
from kith.contacts.dependencies import ContactId, CurrentOwner, contact_response
from kith.contacts.schemas import Contact
from kith.contacts.service import get_contact_view
from kith.database.unit_of_work import database
from kith.errors import NotFound
from kith.http.application import make_router
from kith.http.authentication import AuthenticatedUser, CurrentUser
from kith.http.conditional import IfMatch, IfNoneMatch, is_not_modified
from kith.http.openapi import error_responses
from kith.http.rate_limit import count_request
from kith.limits.windows import Limit
from kith.settings import settings

router = make_router("avatars")
ROUTERS: Final = (router,)

_REFUSED: Final = (400, 413, 415, 422, 429, 503)
_SHOWN_FOR: Final = "public, max-age=3600"
_NO_SCRIPTS: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


async def get_uploader(who: CurrentUser, request: Request) -> AuthenticatedUser:
    """The signed-in user, after one more picture was counted for them.

    Raises:
        TooManyRequests: the hour's pictures are used up; nothing was read yet.
    """
    limit = Limit("pictures", settings().pictures_changed, timedelta(hours=1))
    count_request(request, limit, str(who.id))
    return who


PictureUploader = Annotated[AuthenticatedUser, Depends(get_uploader)]


@router.patch(
    "/api/users/avatar",
    operation_id="update_avatar",
    summary="Change my picture",
    response_model=UserAnswer,
    responses=error_responses(*_REFUSED, 412),
    openapi_extra=FORM,
)
@router.put(
    "/api/users/avatar",
    operation_id="replace_avatar",
    summary="Change my picture",
    response_model=UserAnswer,
    responses=error_responses(*_REFUSED, 412),
    openapi_extra=FORM,
)
async def replace_avatar(who: PictureUploader, met: IfMatch, request: Request) -> Response:
    """It is turned upright, stripped of metadata and cut to a square of 512 pixels."""
    change_picture(PictureSlot(who.id), await read_upload(request), check=met)
    return _me(who)


@router.delete(
    "/api/users/avatar",
    operation_id="delete_avatar",
    summary="Take my picture down",
    status_code=204,
    response_class=Response,
    responses=error_responses(412),
)
async def delete_avatar(who: CurrentUser, met: IfMatch) -> Response:
    """My initials are shown instead."""
    remove_picture(PictureSlot(who.id), check=met)
    return Response(status_code=204)


@router.post(
    "/api/users/avatar/upload-signature",
    operation_id="sign_avatar_upload",
    summary="Upload my picture straight from a browser",
    response_model=UploadTicket,
    responses=error_responses(429, 503),
)
async def sign_upload(who: PictureUploader) -> Response:
    """What a browser posts to Cloudinary together with the picture; then `confirm` it."""
    ticket = issue_upload_ticket(PictureSlot(who.id))
    answer = UploadTicket(url=ticket.url, fields=ticket.fields, file_field="file")
    return Response(answer.model_dump_json(), media_type="application/json")


@router.post(
    "/api/users/avatar/confirm",
    operation_id="confirm_avatar_upload",
    summary="Show the picture that a browser uploaded",
    response_model=UserAnswer,
    responses=error_responses(400, 409, 415, 422, 429, 503),
)
async def confirm_upload(who: PictureUploader, receipt: UploadReceipt) -> Response:
    """Cloudinary's signature is checked; a receipt counts once."""
    accept_upload(
        PictureSlot(who.id), ProviderReceipt(receipt.public_id, receipt.version, receipt.signature)
    )
    return _me(who)


@router.get(
    "/api/users/{user_id}/initials.svg",
    operation_id="read_initials",
    summary="The picture of those who have none",
    response_class=Response,
    responses={
        200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}},
        304: {"description": "It is still the same."},
        **error_responses(404),
    },
)
async def read_initials(user_id: UUID, if_none_match: IfNoneMatch = "") -> Response:
    """Initials on a colour, for everybody and for an hour."""
    with database().reading() as connection:
        name = account_name(connection, user_id)
    if name is None:
        raise NotFound
    picture = draw_initials(name, str(user_id))
    tag = f'"{hashlib.sha256(picture.encode()).hexdigest()[:20]}"'
    headers = {"ETag": tag, "Cache-Control": _SHOWN_FOR, "Content-Security-Policy": _NO_SCRIPTS}
    if is_not_modified(tag, if_none_match):
        return Response(status_code=304, headers=headers)
    return Response(picture, media_type="image/svg+xml", headers=headers)


@router.patch(
    "/api/contacts/{contact_id}/photo",
    operation_id="update_contact_photo",
    summary="Change a contact's picture",
    response_model=Contact,
    dependencies=[Depends(get_uploader)],
    responses=error_responses(*_REFUSED, 404, 412),
    openapi_extra=FORM,
)
async def change_photo(
    owner: CurrentOwner, contact_id: ContactId, met: IfMatch, request: Request
) -> Response:
    """Made as my own picture is."""
    change_picture(PictureSlot(owner.id, contact_id), await read_upload(request), check=met)
    with database().reading() as connection:
        return contact_response(get_contact_view(connection, owner, contact_id))


@router.delete(
    "/api/contacts/{contact_id}/photo",
    operation_id="delete_contact_photo",
    summary="Take a contact's picture down",
    status_code=204,
    response_class=Response,
    responses=error_responses(404, 412),
)
async def delete_photo(owner: CurrentOwner, contact_id: ContactId, met: IfMatch) -> Response:
    """`photo_url` is null again."""
    remove_picture(PictureSlot(owner.id, contact_id), check=met)
    return Response(status_code=204)


def _me(who: AuthenticatedUser) -> Response:
    user = require_user(who.id)
    answer = UserAnswer.of(user)
    headers = {"ETag": answer.etag}
    return Response(answer.model_dump_json(), media_type="application/json", headers=headers)
