"""Files as people and as attackers send them, made when they are asked for."""

import io
import struct
import zlib
from typing import Any, Final

from PIL import Image

# Above, a picture as it should be seen: red over blue, with green on the left.
ORIENTATIONS: Final = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
PLACE: Final = b"Kyiv, Khreshchatyk 1"


def scene(side: int = 600) -> Image.Image:
    """Red above, blue below, and a green band along the left."""
    picture = Image.new("RGB", (side, side), (200, 30, 30))
    picture.paste((30, 30, 200), (0, side // 2, side, side))
    picture.paste((30, 160, 30), (0, 0, side // 4, side))
    return picture


def taken_by_a_phone(kind: str, orientation: int = 6, *, side: int = 600) -> bytes:
    """The scene as a camera stores it: turned, with the place and a comment in its metadata."""
    turned = ORIENTATIONS[orientation]
    stored = scene(side).transpose(turned) if turned is not None else scene(side)
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = PLACE.decode()
    exif.get_ifd(0x8825).update({1: "N", 2: (50.0, 27.0, 0.0), 3: "E", 4: (30.0, 31.0, 0.0)})
    return encoded(stored, kind, exif=exif, **_more(kind))


def _more(kind: str) -> dict[str, Any]:
    """What else each format can tell about its maker."""
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + PLACE + b"</x:xmpmeta>"
    if kind == "PNG":
        from PIL.PngImagePlugin import PngInfo

        words = PngInfo()
        words.add_text("Comment", PLACE.decode())
        words.add_itxt("XML:com.adobe.xmp", xmp.decode())
        return {"pnginfo": words}
    return {"xmp": xmp} if kind == "WEBP" else {"comment": PLACE, "xmp": xmp}


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def decoded(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def looks_like_the_scene(picture: Image.Image) -> bool:
    """Whether it is upright: green on the left, red above, blue below."""
    wide = picture.convert("RGB")
    points = {"green": (0.1, 0.5), "red": (0.7, 0.2), "blue": (0.7, 0.8)}
    channels = {"red": 0, "green": 1, "blue": 2}
    for colour, (across, down) in points.items():
        pixel = wide.getpixel((int(across * wide.width), int(down * wide.height)))
        assert isinstance(pixel, tuple)
        if max(range(3), key=pixel.__getitem__) != channels[colour]:
            return False
    return True


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header speaks of more."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"\0"))


def webp_that_claims(width: int, height: int) -> bytes:
    """A WebP whose extended header speaks of a canvas."""
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunks = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + canvas
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def film(kind: str, frames: int) -> bytes:
    pictures = [Image.new("RGB", (8, 8), (n % 256, n // 256, 0)) for n in range(frames)]
    return encoded(pictures[0], kind, save_all=True, append_images=pictures[1:])


def jpeg_of_many_scans(scans: int) -> bytes:
    """A progressive JPEG that repeats its last scan, which costs a pass over the picture each."""
    content = encoded(scene(64), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:last] + content[last:-2] * scans + content[-2:]


def _chunk(name: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )
