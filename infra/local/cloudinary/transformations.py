"""Transformations out of a delivery URL or an upload, as far as we use them.

``c_`` crop (fill, thumb, scale, fit, limit), ``w_``/``h_`` size, ``g_`` gravity, ``q_`` quality,
``f_`` format, ``a_`` rotation by EXIF, ``fl_strip_profile``. Anything else is refused by name.
https://cloudinary.com/documentation/transformation_reference
"""

import io
import re
from collections.abc import Mapping
from typing import Final

from PIL import Image, ImageOps

FORMATS: Final = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF"}
MEDIA_TYPES: Final = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
}
_STEP: Final = re.compile(r"[a-z]{1,2}_[^,/]+(,[a-z]{1,2}_[^,/]+)*")
_CROPS: Final = {"fill", "thumb", "scale", "fit", "limit"}
_KNOWN: Final = {"c", "w", "h", "g", "q", "f", "a", "fl"}
_CENTRES: Final = {
    "north": (0.5, 0.0), "south": (0.5, 1.0), "west": (0.0, 0.5), "east": (1.0, 0.5),
    "north_west": (0.0, 0.0), "north_east": (1.0, 0.0),
    "south_west": (0.0, 1.0), "south_east": (1.0, 1.0),
}  # fmt: skip
_GOOD_QUALITY: Final = 80


class TransformationError(ValueError):
    """Cloudinary would refuse it, or this stand-in does not know it; the message says which."""


def is_step(segment: str) -> bool:
    """Whether a part of a path reads like a transformation."""
    return bool(_STEP.fullmatch(segment))


def read(step: str) -> dict[str, str]:
    """The parameters of one step, such as ``c_fill,w_80,h_80``."""
    parameters = dict(each.split("_", 1) for each in step.split(","))
    unknown = sorted(set(parameters) - _KNOWN)
    if unknown:
        raise TransformationError(f"Invalid transformation component - {unknown[0]}")
    return parameters


def applied(content: bytes, steps: list[dict[str, str]], format_: str) -> tuple[bytes, str]:
    """The picture after all steps, in a format of Pillow's, and that format."""
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    quality = _GOOD_QUALITY
    for step in steps:
        picture = _resized(picture, step)
        quality = _quality(step.get("q", str(quality)))
        format_ = _format(step.get("f", ""), format_)
    if format_ == "JPEG":
        picture = picture.convert("RGB")
    file = io.BytesIO()
    options = {} if format_ == "PNG" else {"quality": quality}
    picture.save(file, format_, **options)
    return file.getvalue(), format_


def _format(wanted: str, otherwise: str) -> str:
    if wanted in {"", "auto"}:
        return otherwise
    if wanted not in FORMATS:
        raise TransformationError(f"Invalid extension in transformation: {wanted}")
    return FORMATS[wanted]


def _quality(wanted: str) -> int:
    if wanted.startswith("auto"):
        return _GOOD_QUALITY
    if not wanted.isdigit() or not 1 <= int(wanted) <= 100:
        raise TransformationError(f"Invalid quality {wanted} in transformation")
    return int(wanted)


def _resized(picture: Image.Image, step: Mapping[str, str]) -> Image.Image:
    width, height = _size(step, "w"), _size(step, "h")
    if not width and not height:
        return picture
    crop = step.get("c", "scale")
    if crop not in _CROPS:
        raise TransformationError(f"Invalid value in transformation: c_{crop}")
    whole = _proportional(picture, width, height)
    if crop in {"fill", "thumb"}:
        centre = _CENTRES.get(step.get("g", "center"), (0.5, 0.5))
        return ImageOps.fit(picture, whole, Image.Resampling.LANCZOS, centering=centre)
    if crop == "scale":
        return picture.resize(whole, Image.Resampling.LANCZOS)
    if crop == "limit" and picture.width <= whole[0] and picture.height <= whole[1]:
        return picture
    return ImageOps.contain(picture, whole, Image.Resampling.LANCZOS)


def _proportional(picture: Image.Image, width: int, height: int) -> tuple[int, int]:
    """Both sides, where only one was named."""
    return (
        width or max(1, round(picture.width * height / picture.height)),
        height or max(1, round(picture.height * width / picture.width)),
    )


def _size(step: Mapping[str, str], name: str) -> int:
    text = step.get(name, "0")
    if not text.isdigit() or int(text) > 5000:
        raise TransformationError(f"Invalid {name} in transformation: {text}")
    return int(text)
