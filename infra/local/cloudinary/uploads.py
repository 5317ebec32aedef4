"""Uploads: a picture is checked, transformed where the upload asks for it, and stored."""

import io
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from PIL import Image, UnidentifiedImageError

from infra.local.cloudinary import transformations
from infra.local.cloudinary.errors import ApiError
from infra.local.cloudinary.shelf import Picture, Shelf, hexdigest
from infra.local.cloudinary.transformations import FORMATS, TransformationError

_LARGEST_BYTES: Final = 10_485_760  # of a free account
_NAMES: Final = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif"}


def store_upload(shelf: Shelf, content: bytes, fields: Mapping[str, str]) -> tuple[Picture, bool]:
    """Keep a picture; whether it was there already, and the upload overwrites nothing.

    Raises:
        ApiError: it is no picture, too large, or in a format that is not allowed.
    """
    public_id = fields.get("public_id") or secrets.token_hex(10)
    already = shelf.get(public_id)
    if already and fields.get("overwrite") in {"false", "0"}:
        return already[0], True
    content, kind, size = _decoded(content, fields)
    now = int(time.time())
    version = max(now, already[0].version + 1) if already else now
    picture = Picture(
        public_id=public_id,
        version=version,
        format=_NAMES[kind],
        width=size[0],
        height=size[1],
        bytes=len(content),
        etag=hexdigest(content),
        asset_id=secrets.token_hex(16),
        created_at=datetime.fromtimestamp(version, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    shelf.put(picture, content)
    return picture, False


def _decoded(content: bytes, fields: Mapping[str, str]) -> tuple[bytes, str, tuple[int, int]]:
    """The picture as it is stored: checked, and changed where the upload asks for it."""
    if not content:
        raise ApiError(400, "Empty file")
    if len(content) > _LARGEST_BYTES:
        raise ApiError(
            400, f"File size too large. Got {len(content)}. Maximum is {_LARGEST_BYTES}."
        )
    try:
        with Image.open(io.BytesIO(content)) as picture:
            kind, size = str(picture.format), picture.size
            picture.load()
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        raise ApiError(400, "Invalid image file") from None
    if kind not in _NAMES:
        raise ApiError(400, f"Image file format {kind.lower()} not allowed")
    allowed = fields.get("allowed_formats", "")
    if allowed and _NAMES[kind] not in allowed.split(","):
        raise ApiError(400, f"Image file format {_NAMES[kind]} not allowed")
    return _as_asked(content, kind, size, fields)


def _as_asked(
    content: bytes, kind: str, size: tuple[int, int], fields: Mapping[str, str]
) -> tuple[bytes, str, tuple[int, int]]:
    wanted = fields.get("format", "")
    if wanted and wanted not in FORMATS:
        raise ApiError(400, f"Invalid format {wanted[:20]}")
    asked = [each for each in fields.get("transformation", "").split("/") if each]
    if not asked and not wanted:
        return content, kind, size
    try:
        steps = [transformations.read(each) for each in asked]
        content, kind = transformations.applied(content, steps, FORMATS.get(wanted, kind))
    except (TransformationError, ValueError) as why:
        raise ApiError(400, str(why)) from None
    with Image.open(io.BytesIO(content)) as picture:
        return content, kind, picture.size
