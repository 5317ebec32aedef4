"""Pictures: decided by their content, checked before they are decoded, and made harmless.

Whatever comes in leaves as a square WebP of our own making: upright, and without a word of
metadata. What the header of a file claims is checked first, so that a few bytes cannot ask for
gigabytes; what the header hides (scans without end) is counted as well.
"""

import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kith.errors import Invalid, TooLarge, UnsupportedMedia

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_IMAGE_BYTES: Final = 4 * 1024 * 1024
MAX_PIXELS: Final = 25_000_000
MAX_FRAMES: Final = 50
SIDE: Final = 512
FORMAT: Final = "webp"

# Each scan of a progressive JPEG passes over the whole picture again; cameras need about ten.
_MOST_SCANS: Final = 100
_QUALITY: Final = 85
_FORMATS: Final = ("JPEG", "PNG", "WEBP")


class ImageTooLarge(TooLarge):
    code = "picture_too_large"
    detail = "A picture may have up to 4 MB."


class NotAnImage(UnsupportedMedia):
    code = "picture_kind"
    detail = "A picture must be a JPEG, a PNG or a WebP."


class TooManyPixels(Invalid):
    code = "picture_too_many_pixels"
    detail = "A picture may have up to 25 megapixels."


class TooManyFrames(Invalid):
    code = "picture_animated"
    detail = "A picture may have up to 50 frames; the first one is shown."


class ImageBroken(Invalid):
    code = "picture_broken"
    detail = "This picture is damaged or incomplete."


@dataclass(frozen=True, slots=True)
class _Header:
    """Size of a picture as the header of its file has it."""

    width: int
    height: int
    frames: int


def prepare_image(content: bytes) -> bytes:
    """The picture as it is kept: a WebP of 512 by 512, upright, cut around its centre, bare.

    Raises:
        ImageTooLarge: more bytes than we take.
        NotAnImage: neither JPEG nor PNG nor WebP, whatever it is called.
        TooManyPixels: it would be too large when decoded.
        TooManyFrames: a film rather than a picture.
        ImageBroken: it cannot be decoded to its end.
    """
    if len(content) > MAX_IMAGE_BYTES:
        raise ImageTooLarge
    kind = _kindof(content)
    if kind == "WEBP":
        _require_decodable(_webp_header(content))
    if kind == "JPEG" and content.count(b"\xff\xda") > _MOST_SCANS:
        raise ImageBroken
    return _convert(content, kind)


def _kindof(content: bytes) -> str:
    """By the first bytes, as each format's standard has them."""
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    raise NotAnImage


def _require_decodable(header: _Header) -> None:
    if header.width * header.height > MAX_PIXELS:
        raise TooManyPixels
    if header.frames > MAX_FRAMES:
        raise TooManyFrames


def _webp_header(content: bytes) -> _Header:
    """Read here and not by Pillow, whose decoder takes the canvas's memory when it opens a file.

    An extended file (``VP8X``) tells its canvas in 24 bits for each side, a simple one in 14.
    https://developers.google.com/speed/webp/docs/riff_container
    """
    head = content[12:30].ljust(18, b"\0")
    if head[:4] == b"VP8X":
        width = int.from_bytes(head[12:15], "little") + 1
        height = int.from_bytes(head[15:18], "little") + 1
        return _Header(width, height, content.count(b"ANMF"))
    if head[:4] == b"VP8L":
        bits = int.from_bytes(head[9:13], "little")
        return _Header((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, 1)
    width = int.from_bytes(head[14:16], "little") & 0x3FFF
    return _Header(width, int.from_bytes(head[16:18], "little") & 0x3FFF, 1)


def _convert(content: bytes, kind: str) -> bytes:
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd metadata, all of which is dropped
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=[kind]) as picture:
                _require_decodable(_Header(*picture.size, getattr(picture, "n_frames", 1)))
                return _encode(_upright(_square(picture)))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise TooManyPixels from None
    except Invalid:
        raise
    except Exception as why:  # a decoder fails in every way that a file can be wrong
        raise ImageBroken from why


def _square(picture: "Image") -> "Image":
    """The square in the middle, which is the same square whichever way is up."""
    from PIL.Image import Resampling

    picture.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG is decoded no larger than is needed
    picture.load()
    if picture.mode.startswith("I"):
        picture = picture.point(lambda value: value / 256).convert("L")  # 16 bits to 8
    side = min(picture.size)
    left, top = (picture.width - side) / 2, (picture.height - side) / 2
    square = (left, top, left + side, top + side)
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    plain = picture if picture.mode == mode else picture.convert(mode)
    return plain.resize((SIDE, SIDE), Resampling.LANCZOS, box=square, reducing_gap=2.0)


def _upright(picture: "Image") -> "Image":
    """Turned as its metadata says; unreadable metadata says nothing."""
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # noqa: BLE001 - hostile metadata fails in every way; the picture is whole
        return picture


def _encode(picture: "Image") -> bytes:
    """Without what the original carried: Pillow would pass on a colour profile by itself."""
    picture.info = {}
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=_QUALITY, method=4)
    return file.getvalue()
