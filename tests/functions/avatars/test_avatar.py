"""``PATCH /api/users/avatar``: what arrives at the provider, and what never does."""

import json
from typing import Any, Final

import pytest
from PIL import Image

from kith.avatars.images import MAX_IMAGE_BYTES
from kith.avatars.storage import CloudinaryStorage, storage
from tests import photographs
from tests.clients import send
from tests.functions.avatars.conftest import Client
from tests.picture_cloud import PictureCloud
from tests.waiting import HANG_SECONDS

PHOTOGRAPH: Final = photographs.taken_by_a_phone("JPEG")


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_picture_is_shown_with_its_user(
    alice: Client, provider: PictureCloud, method: str
) -> None:
    answer = alice.upload(PHOTOGRAPH, method=method)

    user = answer.body
    assert answer.status == 200
    assert user["id"] == str(alice.id)
    assert user["avatar_url"] == alice.avatar_url()
    assert answer.headers["etag"] == user["etag"] == '"2"'
    assert provider.shows(user["avatar_url"]) is not None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_arrives_at_the_provider_is_upright_square_and_bare(
    alice: Client, provider: PictureCloud, kind: str
) -> None:
    user = alice.upload(photographs.taken_by_a_phone(kind)).body

    arrived = provider.shows(user["avatar_url"])
    assert arrived is not None
    assert photographs.PLACE not in arrived
    picture = photographs.decoded(arrived)
    assert picture.size == (512, 512)
    assert photographs.looks_like_the_scene(picture)
    assert not picture.getexif()


def test_nothing_that_the_client_named_reaches_the_provider(
    alice: Client, provider: PictureCloud
) -> None:
    alice.upload(PHOTOGRAPH, name="../../secret-name.php")

    (request,) = provider.requests()
    assert "secret" not in json.dumps(request)
    assert request["fields"]["public_id"].startswith(f"kith/{alice.id}/avatar-")


@pytest.mark.parametrize(
    "fields",
    [
        {"public_id": "kith/somebody/else"},
        {"upload_preset": "open"},
        {"file": "https://example.com/picture.jpg"},
        {"url": "http://169.254.169.254/latest/meta-data"},
    ],
    ids=str,
)
def test_other_fields_are_refused_and_go_nowhere(
    alice: Client, provider: PictureCloud, fields: dict[str, str]
) -> None:
    answer = alice.upload(PHOTOGRAPH, fields=fields)

    assert answer.status == 422
    assert answer.body["code"] == "form_wrong"
    assert provider.requests() == []


def test_an_address_instead_of_a_file_is_not_fetched(alice: Client, provider: PictureCloud) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n'
        b"https://example.com/picture.jpg\r\n--b--\r\n"
    )

    answer = alice.request(
        "PATCH",
        "/api/users/avatar",
        raw=body,
        headers={"content-type": "multipart/form-data; boundary=b"},
    )

    assert answer.status == 422
    assert provider.requests() == []


HOSTILE: Final[dict[str, tuple[bytes, int]]] = {
    "html": (b"<!doctype html><script>alert(1)</script>", 415),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', 415),
    "zip": (b"PK\x03\x04" + bytes(1000), 415),
    "empty": (b"", 415),
    "truncated": (PHOTOGRAPH[: len(PHOTOGRAPH) // 2], 422),
    "400 megapixels": (photographs.png_that_claims(20_000, 20_000), 422),
    "a canvas of 268 megapixels": (photographs.webp_that_claims(16_383, 16_383), 422),
    "10 000 frames": (photographs.film("WEBP", 10_000), 422),
    "too many bytes": (PHOTOGRAPH.ljust(MAX_IMAGE_BYTES + 1, b"\0"), 413),
    "far too many bytes": (PHOTOGRAPH.ljust(MAX_IMAGE_BYTES + 600_000, b"\0"), 413),
}


@pytest.mark.parametrize(("content", "status"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_never_reaches_the_provider(
    alice: Client, provider: PictureCloud, content: bytes, status: int
) -> None:
    answer = alice.upload(content)

    assert answer.status == status
    assert answer.body["code"].startswith("picture_")
    assert provider.requests() == []
    assert alice.avatar_url() is None
    assert alice.orphans() == []


def test_a_picture_of_exactly_the_limit_is_taken(alice: Client) -> None:
    content = photographs.encoded(photographs.scene(), "JPEG").ljust(MAX_IMAGE_BYTES, b"\0")

    assert alice.upload(content).status == 200


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("image/jpeg", PHOTOGRAPH, 415),
        ("application/json", b'{"file": "https://example.com/x.jpg"}', 415),
        ("multipart/form-data", b"--b--", 400),
        ("multipart/form-data; boundary=b", b"no form at all", 400),
        ("multipart/form-data; boundary=b", b"--b--\r\n", 422),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\ny\r\n' * 50 + b"--b--\r\n",
            400,
        ),
        (
            "multipart/form-data; boundary=b",
            b"--b\r\n" + b"X-Header: x\r\n" * 50 + b"\r\ny\r\n--b--\r\n",
            400,
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="'
            + b"x" * 9000
            + b'"\r\n\r\ny\r\n--b--\r\n',
            400,
        ),
    ],
)
def test_a_form_that_is_none_is_refused(
    alice: Client, content_type: str, body: bytes, status: int
) -> None:
    headers = {"content-type": content_type}

    answer = alice.request("PATCH", "/api/users/avatar", raw=body, headers=headers)

    assert answer.status == status


@pytest.mark.parametrize(
    "faults",
    [
        {"fail": 500},
        {"nonsense": True},
        {"foreign_url": True},
        {"http_url": True},
        {"hang": True},
        {"slow_seconds": 5},
    ],
    ids=str,
)
def test_with_a_failing_provider_the_old_picture_stays(
    alice: Client, provider: PictureCloud, faults: dict[str, Any]
) -> None:
    alice.upload(PHOTOGRAPH)
    before = alice.avatar_url()
    provider.has_faults(**faults)
    never_in_time = {"hang", "slow_seconds"} & set(faults)
    impatient = provider.account(timeout_seconds=0.2 if never_in_time else HANG_SECONDS)

    with storage.override(CloudinaryStorage(impatient)):
        answer = alice.upload(PHOTOGRAPH)

    assert answer.status == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.body["code"] == "pictures_unavailable"
    assert before is not None
    assert alice.avatar_url() == before
    assert provider.shows(before) is not None
    assert len(alice.orphans()) == 1


def test_the_picture_before_becomes_an_orphan(alice: Client, provider: PictureCloud) -> None:
    alice.upload(PHOTOGRAPH)
    before = alice.avatar_url()

    alice.upload(photographs.encoded(Image.new("RGB", (32, 32)), "PNG"))

    (orphan,) = alice.orphans()
    assert before is not None
    assert orphan in before
    assert provider.shows(before) is not None


def test_a_picture_can_be_taken_down(alice: Client) -> None:
    alice.upload(PHOTOGRAPH)

    answer = alice.request("DELETE", "/api/users/avatar")

    assert answer.status == 204
    assert alice.avatar_url() is None
    assert len(alice.orphans()) == 1


def test_removing_no_picture_is_no_error(alice: Client) -> None:
    assert alice.request("DELETE", "/api/users/avatar").status == 204


def test_nobody_in_particular_has_no_picture(alice: Client) -> None:
    assert send(alice.handler, "PATCH", "/api/users/avatar", raw=b"").status == 401


def test_an_hour_has_only_so_many_pictures(alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from kith.settings import settings

    monkeypatch.setenv("KITH_PICTURES_PER_HOUR", "1")
    settings.cache_clear()
    alice.upload(PHOTOGRAPH)

    answer = alice.upload(PHOTOGRAPH)

    assert answer.status == 429
    assert answer.headers["ratelimit-policy"] == '"pictures";q=1;w=3600'


def test_a_stack_without_pictures_says_so(alice: Client) -> None:
    """The stand-in of the tests is one override; beneath it nothing is configured."""
    from kith.avatars.storage import StorageUnavailable, storage

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage, "_overrides", [])

        answer = alice.upload(PHOTOGRAPH)

    assert answer.status == 503
    with pytest.raises(StorageUnavailable):
        storage.make()


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_picture_for_a_profile_that_changed_meanwhile_is_not_taken(
    alice: Client, provider: PictureCloud, method: str
) -> None:
    answer = alice.upload(PHOTOGRAPH, method=method, headers={"If-Match": '"7"'})

    assert answer.status == 412
    assert answer.body["etag"] == '"1"'
    assert provider.requests() == []


def test_a_picture_of_a_profile_that_changed_meanwhile_is_not_taken_down(
    alice: Client,
) -> None:
    alice.upload(PHOTOGRAPH)

    answer = alice.request("DELETE", "/api/users/avatar", headers={"If-Match": '"1"'})

    assert answer.status == 412
    assert alice.avatar_url() is not None
