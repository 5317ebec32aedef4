"""The stand-in answers the real SDK as Cloudinary does."""

import io
import time
from typing import Any

import cloudinary.api
import cloudinary.exceptions
import cloudinary.uploader
import cloudinary.utils
import httpx
import pytest
from PIL import Image

from tests import photographs
from tests.picture_cloud import CLOUD, KEY, SECRET, PictureCloud
from tests.waiting import HANG_SECONDS

PNG = photographs.encoded(photographs.scene(400), "PNG")


@pytest.fixture
def account(picture_cloud: PictureCloud) -> dict[str, Any]:
    return {
        "cloud_name": CLOUD,
        "api_key": KEY,
        "api_secret": SECRET,
        "upload_prefix": picture_cloud.origin,
        "timeout": HANG_SECONDS,
    }


def post(
    cloud: PictureCloud, fields: dict[str, str], content: bytes | None = PNG
) -> httpx.Response:
    files = {"file": ("x", content)} if content is not None else None
    url = f"{cloud.origin}/v1_1/{CLOUD}/image/upload"
    return httpx.post(url, data=fields, files=files, trust_env=False)


def signed(**fields: str) -> dict[str, str]:
    fields = {"timestamp": str(int(time.time())), "public_id": "by-hand", **fields}
    signature = cloudinary.utils.api_sign_request(fields, SECRET)
    return {**fields, "api_key": KEY, "signature": signature}


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_an_upload_signed_by_the_sdk_is_taken(account: dict[str, Any], algorithm: str) -> None:
    answer = cloudinary.uploader.upload(
        PNG, public_id=f"a & b/{algorithm}", signature_algorithm=algorithm, **account
    )

    assert (answer["width"], answer["height"], answer["format"]) == (400, 400, "png")
    assert answer["signature"] == cloudinary.utils.api_sign_request(
        {"public_id": answer["public_id"], "version": answer["version"]},
        SECRET,
        signature_version=1,
    )


def test_an_answer_has_the_fields_that_cloudinary_documents(account: dict[str, Any]) -> None:
    answer = cloudinary.uploader.upload(PNG, public_id="fields", **account)

    assert {
        "asset_id", "public_id", "version", "version_id", "signature", "width", "height", "format",
        "resource_type", "created_at", "tags", "bytes", "type", "etag", "placeholder", "url",
        "secure_url", "asset_folder", "display_name", "original_filename", "api_key",
    } <= set(answer)  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "status", "message"),
    [
        ({"signature": "0" * 40}, 401, "Invalid Signature"),
        ({"signature": "é"}, 401, "Invalid Signature"),
        ({"api_key": "999"}, 401, "Unknown API key"),
        ({"api_key": ""}, 400, "Missing required parameter - api_key"),
        ({"signature": ""}, 400, "Missing required parameter - signature"),
        ({"public_id": "another"}, 401, "Invalid Signature"),
    ],
)
def test_what_is_not_signed_as_it_should_be_is_refused(
    picture_cloud: PictureCloud, fields: dict[str, str], status: int, message: str
) -> None:
    answer = post(picture_cloud, {**signed(), **fields})

    assert answer.status_code == status
    assert answer.json()["error"]["message"].startswith(message)


def test_an_old_signature_is_stale(picture_cloud: PictureCloud) -> None:
    answer = post(picture_cloud, signed(timestamp=str(int(time.time()) - 3700)))

    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("Stale request")


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "Missing required parameter - file"), (b"<html>", "Invalid image file")],
)
def test_what_is_no_picture_is_refused(
    picture_cloud: PictureCloud, content: bytes | None, message: str
) -> None:
    answer = post(picture_cloud, signed(), content)

    assert answer.status_code == 400
    assert answer.json() == {"error": {"message": message}}


def test_pictures_are_delivered_as_the_address_asks(account: dict[str, Any]) -> None:
    answer = cloudinary.uploader.upload(PNG, public_id="folder/shown", **account)
    address = answer["secure_url"].replace("/upload/", "/upload/c_fill,g_face,h_80,w_60,q_auto/")

    got = httpx.get(address.replace(".png", ".webp"), trust_env=False)

    assert got.headers["content-type"] == "image/webp"
    assert Image.open(io.BytesIO(got.content)).size == (60, 80)


def test_f_auto_gives_what_the_browser_likes(account: dict[str, Any]) -> None:
    answer = cloudinary.uploader.upload(PNG, public_id="automatic", **account)
    address = answer["secure_url"].replace("/upload/", "/upload/f_auto/")

    assert httpx.get(address, trust_env=False).headers["content-type"] == "image/png"
    likes = {"accept": "image/webp,*/*"}
    got = httpx.get(address, headers=likes, trust_env=False)
    assert got.headers["content-type"] == "image/webp"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/{CLOUD}/image/upload/v1/nobody.png", 404),
        (f"/{CLOUD}/image/upload/zz_1/nobody.png", 400),
        ("/another/image/upload/v1/nobody.png", 401),
    ],
)
def test_what_cannot_be_delivered_is_said(
    picture_cloud: PictureCloud, path: str, status: int
) -> None:
    answer = httpx.get(f"{picture_cloud.origin}{path}", trust_env=False)

    assert answer.status_code == status
    assert answer.headers["x-cld-error"]


def test_a_taken_id_is_not_overwritten_unless_allowed(account: dict[str, Any]) -> None:
    first = cloudinary.uploader.upload(PNG, public_id="taken", **account)

    again = cloudinary.uploader.upload(PNG, public_id="taken", overwrite=False, **account)

    assert again["existing"] is True
    assert again["version"] == first["version"]


def test_what_is_destroyed_is_gone(account: dict[str, Any]) -> None:
    cloudinary.uploader.upload(PNG, public_id="doomed", **account)

    assert cloudinary.uploader.destroy("doomed", **account)["result"] == "ok"
    assert cloudinary.uploader.destroy("doomed", **account)["result"] == "not found"


def test_the_admin_api_wants_the_secret(account: dict[str, Any]) -> None:
    with pytest.raises(cloudinary.exceptions.AuthorizationRequired):
        cloudinary.api.ping(**{**account, "api_secret": "wrong"})

    assert cloudinary.api.ping(**account)["status"] == "ok"


def test_an_incoming_transformation_is_applied_before_the_picture_is_kept(
    picture_cloud: PictureCloud,
) -> None:
    content = photographs.taken_by_a_phone("JPEG")
    fields = signed(
        public_id="transformed",
        format="webp",
        transformation="c_fill,g_auto,h_512,w_512",
        allowed_formats="jpg,png,webp",
    )

    answer = post(picture_cloud, fields, content).json()

    assert (answer["format"], answer["width"], answer["height"]) == ("webp", 512, 512)
    kept = httpx.get(answer["secure_url"], trust_env=False).content
    assert photographs.PLACE not in kept
    assert photographs.looks_like_the_scene(photographs.decoded(kept))


def test_unknown_faults_are_refused(picture_cloud: PictureCloud) -> None:
    wrongs: list[Any] = [{"hangs": True}, {"hang": "yes"}, []]
    for wrong in wrongs:
        answer = httpx.put(f"{picture_cloud.origin}/_faults", json=wrong, trust_env=False)

        assert answer.status_code == 400
