"""Pictures over HTTP: of the signed-in user, and of their contacts."""

import hashlib
from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from kith.accounts.dependencies import AccountUser, empty_response, model_response, user_response
from kith.accounts.schemas import UserAnswer
from kith.accounts.user_repository import UserRepository
from kith.avatars.initials import draw_initials
from kith.avatars.multipart import read_upload
from kith.avatars.repository import PictureSlot, account_name
from kith.avatars.schemas import FORM, UploadReceipt, UploadTicket
from kith.avatars.service import (
    change_picture_in_two_transactions,
    confirm_direct_upload,
    issue_upload_signature,
    remove_picture,
)
from kith.avatars.storage import ProviderReceipt
from kith.contacts.dependencies import ContactId, CurrentOwner, contact_response
from kith.contacts.schemas import Contact
from kith.contacts.service import require_contact
from kith.database.unit_of_work import database
from kith.deadline import extend_deadline
from kith.errors import NotFound
from kith.http.application import make_router
from kith.http.authentication import AuthenticatedUser, CurrentUser
from kith.http.conditional import IfMatch, IfNoneMatch, is_not_modified
from kith.http.openapi import error_responses, headers_of
from kith.http.rate_limit import count_request
from kith.limits.windows import Limit
from kith.settings import settings

router = make_router("avatars")
ROUTERS: Final = (router,)

_REFUSED: Final = {
    "picture_too_large": 413,
    "form_needed": 415,
    "picture_kind": 415,
    "form_wrong": 422,
    "picture_animated": 422,
    "picture_broken": 422,
    "picture_too_many_pixels": 422,
    "pictures_unavailable": 503,
}
_CACHE_CONTROL: Final = "public, max-age=3600"
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


async def get_uploader(user: CurrentUser, request: Request) -> AuthenticatedUser:
    """The signed-in user, after one more picture was counted for them.

    Raises:
        TooManyRequests: the hour's pictures are used up; nothing was read yet.
    """
    extend_deadline(settings().upload_time.total_seconds())
    limit = Limit("pictures", settings().pictures_changed, timedelta(hours=1))
    count_request(request, limit, str(user.id))
    return user


PictureUploader = Annotated[AuthenticatedUser, Depends(get_uploader)]


@router.patch(
    "/api/users/avatar",
    operation_id="update_avatar",
    summary="Change my picture",
    response_model=UserAnswer,
    responses=error_responses(429, **_REFUSED),
    openapi_extra=FORM,
)
@router.put(
    "/api/users/avatar",
    operation_id="replace_avatar",
    summary="Change my picture",
    response_model=UserAnswer,
    responses=error_responses(429, **_REFUSED),
    openapi_extra=FORM,
)
async def replace_avatar(
    user: PictureUploader, precondition: IfMatch, request: Request
) -> Response:
    """It is turned upright, stripped of metadata and cut to a square of 512 pixels."""
    content = await read_upload(request)
    change_picture_in_two_transactions(PictureSlot(user.id), content, precondition)
    return _me(user)


@router.delete(
    "/api/users/avatar",
    operation_id="delete_avatar",
    summary="Take my picture down",
    status_code=204,
    response_class=Response,
    responses=error_responses(429),
)
async def delete_avatar(user: AccountUser, precondition: IfMatch) -> Response:
    """My initials are shown instead."""
    with database().writing() as work:
        remove_picture(work, PictureSlot(user.id), precondition)
    return empty_response()


@router.post(
    "/api/users/avatar/upload-signature",
    operation_id="sign_avatar_upload",
    summary="Upload my picture straight from a browser",
    response_model=UploadTicket,
    responses=error_responses(429, pictures_unavailable=503),
)
async def sign_upload(user: PictureUploader) -> Response:
    """What a browser posts to Cloudinary together with the picture; then `confirm` it."""
    with database().writing() as work:
        signature = issue_upload_signature(work, PictureSlot(user.id))
    return model_response(
        UploadTicket(url=signature.url, fields=signature.fields, file_field="file")
    )


@router.post(
    "/api/users/avatar/confirm",
    operation_id="confirm_avatar_upload",
    summary="Show the picture that a browser uploaded",
    response_model=UserAnswer,
    responses=error_responses(429, receipt_used=409, receipt_invalid=422, pictures_unavailable=503),
)
async def confirm_upload(user: PictureUploader, sent: UploadReceipt) -> Response:
    """Cloudinary's signature is checked; a receipt counts once."""
    receipt = ProviderReceipt(sent.public_id, sent.version, sent.signature)
    with database().writing() as work:
        confirm_direct_upload(work, PictureSlot(user.id), receipt)
    return _me(user)


@router.get(
    "/api/users/{user_id}/initials.svg",
    operation_id="read_initials",
    summary="The picture of those who have none",
    response_class=Response,
    responses={
        200: {
            "content": {"image/svg+xml": {"schema": {"type": "string"}}},
            "headers": headers_of("ETag"),
        },
        304: {"description": "It is still the same.", "headers": headers_of("ETag")},
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
    headers = {
        "ETag": tag,
        "Cache-Control": _CACHE_CONTROL,
        "Content-Security-Policy": _POLICY,
    }
    if is_not_modified(tag, if_none_match):
        return Response(status_code=304, headers=headers)
    return Response(picture, media_type="image/svg+xml", headers=headers)


@router.patch(
    "/api/contacts/{contact_id}/photo",
    operation_id="update_contact_photo",
    summary="Change a contact's picture",
    response_model=Contact,
    dependencies=[Depends(get_uploader)],
    responses=error_responses(429, **_REFUSED),
    openapi_extra=FORM,
)
async def change_photo(
    owner: CurrentOwner, contact_id: ContactId, precondition: IfMatch, request: Request
) -> Response:
    """Made as my own picture is."""
    content = await read_upload(request)
    change_picture_in_two_transactions(PictureSlot(owner.id, contact_id), content, precondition)
    with database().reading() as connection:
        return contact_response(require_contact(connection, owner.id, contact_id), owner)


@router.delete(
    "/api/contacts/{contact_id}/photo",
    operation_id="delete_contact_photo",
    summary="Take a contact's picture down",
    status_code=204,
    response_class=Response,
)
async def delete_photo(
    owner: CurrentOwner, contact_id: ContactId, precondition: IfMatch
) -> Response:
    """`photo_url` is null again."""
    with database().writing() as work:
        remove_picture(work, PictureSlot(owner.id, contact_id), precondition)
    return empty_response()


def _me(user: AuthenticatedUser) -> Response:
    with database().loading() as session:
        return user_response(UserRepository(session).require(user.id))
