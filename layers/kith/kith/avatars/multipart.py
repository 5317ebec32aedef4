"""One file out of a multipart form (RFC 7578), and nothing else.

The whole body is small and already here, so it is only measured before it is read. A form may hold
the field ``file`` and no other: what we do not know is refused, a URL in a text field
is not fetched, and a file's name is not even looked at.
"""

from typing import Final

from starlette.datastructures import UploadFile
from starlette.requests import Request

from kith.avatars.images import MAX_IMAGE_BYTES, ImageTooLarge
from kith.errors import Fault, Invalid, UnsupportedMedia

_FORM_BYTES: Final = 16 * 1024  # boundaries and headers around the file
_MOST_FIELDS: Final = 4
_FIELD_BYTES: Final = 1024


class MultipartNeeded(UnsupportedMedia):
    code = "form_needed"
    detail = "Send the picture as the field `file` of a multipart/form-data form."


class MultipartInvalid(Invalid):
    code = "form_wrong"
    detail = "The form must hold one file, named `file`, and nothing else."


async def read_upload(request: Request) -> bytes:
    """The content of the field ``file``.

    Raises:
        MultipartNeeded: the body is no multipart form.
        ImageTooLarge: the body, or the file, is larger than any picture that we take.
        MultipartInvalid: there is no such file, or something beside it.
        HTTPException: 400, the form cannot be read, or has too many parts.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "multipart/form-data":
        raise MultipartNeeded
    if len(await request.body()) > MAX_IMAGE_BYTES + _FORM_BYTES:
        raise ImageTooLarge
    async with request.form(
        max_files=1, max_fields=_MOST_FIELDS, max_part_size=_FIELD_BYTES
    ) as form:
        unknown = sorted(set(form) - {"file"})
        if unknown:
            raise MultipartInvalid(faults=[_fault(name) for name in unknown])
        file = form.get("file")
        if not isinstance(file, UploadFile) or len(form.multi_items()) > 1:
            raise MultipartInvalid(faults=[_fault("file", "a single file is wanted here")])
        return await file.read()


def _fault(name: str, detail: str = "is not known here") -> Fault:
    pointer = name.encode("utf-8", "replace").decode()[:100].replace("~", "~0").replace("/", "~1")
    return Fault(f"/{pointer}", MultipartInvalid.code, detail)
