import tracemalloc
from typing import Final

import pytest
from PIL import Image

from kith.avatars import images
from kith.avatars.images import (
    MAX_IMAGE_BYTES,
    ImageBroken,
    ImageTooLarge,
    NotAnImage,
    TooManyFrames,
    TooManyPixels,
    prepare_image,
)
from kith.errors import KithError
from tests import photographs

KINDS: Final = ("JPEG", "PNG", "WEBP")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("orientation", sorted(photographs.ORIENTATIONS))
def test_a_photograph_comes_out_upright(kind: str, orientation: int) -> None:
    picture = photographs.decoded(prepare_image(photographs.taken_by_a_phone(kind, orientation)))

    assert picture.format == "WEBP"
    assert picture.size == (512, 512)
    assert photographs.looks_like_the_scene(picture)


@pytest.mark.parametrize("kind", KINDS)
def test_no_word_of_metadata_is_left(kind: str) -> None:
    taken = photographs.taken_by_a_phone(kind)

    kept = prepare_image(taken)

    assert photographs.PLACE in taken or kind == "PNG"
    for trace in (photographs.PLACE, b"EXIF", b"Exif", b"XMP ", b"ICCP", b"xmpmeta"):
        assert trace not in kept
    assert not photographs.decoded(kept).getexif()


def test_a_colour_profile_is_not_passed_on() -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    kept = prepare_image(photographs.encoded(photographs.scene(), "JPEG", icc_profile=profile))

    assert b"ICCP" not in kept


def test_a_wide_picture_is_cut_around_its_middle() -> None:
    wide = Image.new("RGB", (1800, 600), "black")
    wide.paste(photographs.scene(600), (600, 0))

    kept = photographs.decoded(prepare_image(photographs.encoded(wide, "PNG")))

    assert photographs.looks_like_the_scene(kept)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_png_is_taken(mode: str) -> None:
    content = photographs.encoded(Image.new(mode, (64, 64)), "PNG")

    assert photographs.decoded(prepare_image(content)).size == (512, 512)


def test_sixteen_bits_of_grey_stay_grey() -> None:
    content = photographs.encoded(Image.new("I;16", (64, 64), 30_000), "PNG")

    pixel = photographs.decoded(prepare_image(content)).convert("L").getpixel((256, 256))

    assert pixel == pytest.approx(30_000 / 256, abs=4)


def test_transparency_is_kept() -> None:
    content = photographs.encoded(Image.new("RGBA", (64, 64), (0, 0, 0, 0)), "PNG")

    assert photographs.decoded(prepare_image(content)).mode == "RGBA"


def test_a_printers_jpeg_is_taken() -> None:
    content = photographs.encoded(Image.new("CMYK", (64, 64)), "JPEG")

    assert photographs.decoded(prepare_image(content)).mode == "RGB"


def test_a_webp_without_loss_is_taken() -> None:
    content = photographs.encoded(photographs.scene(64), "WEBP", lossless=True)

    assert photographs.looks_like_the_scene(photographs.decoded(prepare_image(content)))


def test_a_webp_that_only_claims_to_be_huge_is_not_opened() -> None:
    content = photographs.encoded(photographs.scene(64), "WEBP", lossless=True)
    huge = (16_382 | 16_382 << 14).to_bytes(4, "little")

    with pytest.raises(TooManyPixels):
        prepare_image(content[:21] + huge + content[25:])


def test_a_short_film_shows_its_first_frame() -> None:
    assert photographs.decoded(prepare_image(photographs.film("WEBP", 5))).size == (512, 512)


HOSTILE: Final = {
    "html": (b"<!doctype html><script>alert(1)</script>", NotAnImage),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', NotAnImage),
    "zip": (b"PK\x03\x04" + b"\0" * 100, NotAnImage),
    "gif": (b"GIF89a" + b"\0" * 100, NotAnImage),
    "nothing": (b"", NotAnImage),
    "jpeg and html": (b"\xff\xd8\xff\xe0<script>", ImageBroken),
    "png head": (b"\x89PNG\r\n\x1a\n", ImageBroken),
    "webp head": (b"RIFF\0\0\0\0WEBP", ImageBroken),
    "huge png": (photographs.png_that_claims(20_000, 20_000), TooManyPixels),
    "endless png": (photographs.png_that_claims(2**31 - 1, 2**31 - 1), TooManyPixels),
    "lying png": (photographs.png_that_claims(5_000, 5_000), ImageBroken),
    "huge webp": (photographs.webp_that_claims(16_383, 16_383), TooManyPixels),
    "lying webp": (photographs.webp_that_claims(16, 16), ImageBroken),
    "too many bytes": (b"\xff\xd8\xff" + b"\0" * MAX_IMAGE_BYTES, ImageTooLarge),
}


@pytest.mark.parametrize(("content", "error"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_refused_cheaply(content: bytes, error: type[KithError]) -> None:
    tracemalloc.start()

    with pytest.raises(error):
        prepare_image(content)

    assert tracemalloc.get_traced_memory()[1] < 50_000_000
    tracemalloc.stop()


def test_a_picture_of_400_megapixels_is_refused() -> None:
    content = photographs.encoded(Image.new("1", (20_000, 20_000)), "PNG")

    with pytest.raises(TooManyPixels):
        prepare_image(content)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_ten_thousand_frames_are_no_picture(kind: str) -> None:
    content = photographs.film(kind, 10_000)

    with pytest.raises(TooManyFrames):
        prepare_image(content)


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    with pytest.raises(ImageBroken):
        prepare_image(photographs.jpeg_of_many_scans(images._MOST_SCANS))


@pytest.mark.parametrize("kind", KINDS)
def test_a_truncated_picture_is_refused(kind: str) -> None:
    content = photographs.taken_by_a_phone(kind)

    with pytest.raises(ImageBroken):
        prepare_image(content[: len(content) * 2 // 3])


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"junk"])
def test_broken_metadata_does_not_spoil_a_picture(exif: bytes) -> None:
    content = photographs.encoded(photographs.scene(), "JPEG", exif=exif)

    assert photographs.looks_like_the_scene(photographs.decoded(prepare_image(content)))
