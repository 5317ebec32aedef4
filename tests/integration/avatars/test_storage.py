"""Both storages keep the same promises; the one at Cloudinary also survives Cloudinary."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from kith.avatars import storage as module
from kith.avatars.images import prepare_image
from kith.avatars.storage import (
    Account,
    CloudinaryStorage,
    MemoryStorage,
    ProviderReceipt,
    ReceiptInvalid,
    Storage,
    StorageUnavailable,
)
from kith.deadline import Deadline, running_until
from kith.settings import settings
from tests import photographs
from tests.picture_cloud import KEY, SECRET, PictureCloud

PICTURE = prepare_image(photographs.encoded(photographs.scene(64), "PNG"))


@pytest.fixture
def cloudinary(picture_cloud: PictureCloud) -> CloudinaryStorage:
    return CloudinaryStorage(picture_cloud.account())


@pytest.fixture(params=["memory", "cloudinary"])
def storage(request: pytest.FixtureRequest, cloudinary: CloudinaryStorage) -> Storage:
    return MemoryStorage() if request.param == "memory" else cloudinary


@pytest.fixture
def impatient(picture_cloud: PictureCloud) -> CloudinaryStorage:
    return CloudinaryStorage(picture_cloud.account(timeout_seconds=0.2))


def test_what_is_kept_has_an_address_of_its_own(storage: Storage) -> None:
    one = storage.keep("kith/one/avatar-1", PICTURE)

    assert one != storage.keep("kith/one/avatar-2", PICTURE)


def test_removing_twice_is_removing(storage: Storage) -> None:
    storage.keep("kith/two/avatar-1", PICTURE)

    storage.remove("kith/two/avatar-1")
    storage.remove("kith/two/avatar-1")


def test_a_folder_can_be_emptied(storage: Storage) -> None:
    storage.keep("kith/a/avatar-1", PICTURE)
    storage.keep("kith/b/avatar-1", PICTURE)

    storage.remove_beneath("kith/a/")
    storage.remove_beneath("kith/a/")


def test_a_ticket_names_the_picture_that_it_is_for(storage: Storage) -> None:
    assert storage.sign_upload("kith/a/avatar-1").fields["public_id"] == "kith/a/avatar-1"


def test_memory_knows_its_own_signature() -> None:
    receipt = ProviderReceipt("kith/a/avatar-1", 7, "signed:kith/a/avatar-1:7")

    assert MemoryStorage().url_of(receipt).endswith("kith/a/avatar-1.webp")


@pytest.mark.parametrize("faults", [{"fail": 500}, {"nonsense": True}], ids=str)
def test_nothing_is_removed_while_the_provider_is_away(
    cloudinary: CloudinaryStorage, picture_cloud: PictureCloud, faults: dict[str, Any]
) -> None:
    picture_cloud.has_faults(**faults)

    with pytest.raises(StorageUnavailable):
        cloudinary.remove("kith/a/avatar-1")
    with pytest.raises(StorageUnavailable):
        cloudinary.remove_beneath("kith/a/")


def test_the_settings_say_where_pictures_are_kept(
    monkeypatch: pytest.MonkeyPatch, picture_cloud: PictureCloud
) -> None:
    monkeypatch.setenv("CLOUDINARY_URL", picture_cloud.url)
    settings.cache_clear()

    kept = module.storage.make()

    assert kept.keep("kith/c/avatar-1", PICTURE).startswith(picture_cloud.origin)


def test_a_receipt_that_the_provider_did_not_sign_is_none(storage: Storage) -> None:
    with pytest.raises(ReceiptInvalid):
        storage.url_of(ProviderReceipt("kith/three/avatar-1", 1, "0" * 40))


def test_the_world_sees_what_was_kept(
    cloudinary: CloudinaryStorage, picture_cloud: PictureCloud
) -> None:
    address = cloudinary.keep("kith/four/avatar-1", PICTURE)

    assert picture_cloud.shows(address) == PICTURE


def test_what_is_removed_is_gone_for_the_world(
    cloudinary: CloudinaryStorage, picture_cloud: PictureCloud
) -> None:
    address = cloudinary.keep("kith/five/avatar-1", PICTURE)

    cloudinary.remove("kith/five/avatar-1")

    assert picture_cloud.shows(address) is None


def test_everything_beneath_a_folder_leaves_with_it(
    cloudinary: CloudinaryStorage, picture_cloud: PictureCloud
) -> None:
    mine = [cloudinary.keep(f"kith/six/avatar-{n}", PICTURE) for n in range(3)]
    theirs = cloudinary.keep("kith/sixteen/avatar-1", PICTURE)

    cloudinary.remove_beneath("kith/six/")

    assert [picture_cloud.shows(each) for each in mine] == [None, None, None]
    assert picture_cloud.shows(theirs) == PICTURE


def test_nothing_but_the_picture_is_sent(
    cloudinary: CloudinaryStorage, picture_cloud: PictureCloud
) -> None:
    cloudinary.keep("kith/seven/avatar-1", PICTURE)

    (request,) = picture_cloud.requests()
    assert set(request["fields"]) == {"api_key", "overwrite", "public_id", "timestamp"}
    assert request["file"]["name"] == "picture"
    assert request["file"]["bytes"] == len(PICTURE)


@pytest.mark.parametrize(
    "faults",
    [
        {"fail": 500},
        {"fail": 401},
        {"fail": 420},
        {"nonsense": True},
        {"foreign_url": True},
        {"http_url": True},
        {"wrong_signature": True},
    ],
    ids=str,
)
def test_a_failing_provider_is_away(
    cloudinary: CloudinaryStorage, picture_cloud: PictureCloud, faults: dict[str, Any]
) -> None:
    picture_cloud.has_faults(**faults)

    with pytest.raises(StorageUnavailable):
        cloudinary.keep("kith/eight/avatar-1", PICTURE)


@pytest.mark.parametrize("faults", [{"hang": True}, {"slow_seconds": 3}], ids=str)
def test_nobody_waits_longer_than_the_timeout(
    impatient: CloudinaryStorage, picture_cloud: PictureCloud, faults: dict[str, Any]
) -> None:
    picture_cloud.has_faults(**faults)

    with pytest.raises(StorageUnavailable):
        impatient.keep("kith/nine/avatar-1", PICTURE)


def test_after_one_who_waited_in_vain_nobody_waits_for_a_moment(
    impatient: CloudinaryStorage, picture_cloud: PictureCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture_cloud.has_faults(hang=True)
    with pytest.raises(StorageUnavailable):
        impatient.keep("kith/thirteen/avatar-1", PICTURE)
    requests = len(picture_cloud.requests())

    with pytest.raises(StorageUnavailable):
        impatient.keep("kith/thirteen/avatar-2", PICTURE)

    assert len(picture_cloud.requests()) == requests
    picture_cloud.is_well()
    monkeypatch.setattr(impatient, "_open_until", 0.0)  # as time will
    monkeypatch.setattr(impatient, "_account", picture_cloud.account())
    assert impatient.keep("kith/thirteen/avatar-3", PICTURE)


def test_twenty_uploads_into_a_hanging_provider_are_all_answered_in_one_wait(
    picture_cloud: PictureCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four workers, each of which answers five requests one after the other.

    They are processes elsewhere; as threads here they would close each other's connections.
    """
    picture_cloud.has_faults(hang=True)
    waits: list[str] = []
    monkeypatch.setattr(module, "count_metric", waits.append)

    def work(worker: int) -> int:
        storage = CloudinaryStorage(picture_cloud.account(timeout_seconds=0.2))
        refused = 0
        for number in range(5):
            with pytest.raises(StorageUnavailable):
                storage.keep(f"kith/twenty/avatar-{worker}-{number}", PICTURE)
            refused += 1
        return refused

    assert sum(map(work, range(4))) == 20
    assert waits == ["PicturesAway"] * 4, "one of each worker"


def test_an_upload_waits_no_longer_than_its_deadline(
    cloudinary: CloudinaryStorage, picture_cloud: PictureCloud
) -> None:
    picture_cloud.has_faults(hang=True)

    with pytest.raises(StorageUnavailable), running_until(Deadline(0.3)):
        cloudinary.keep("kith/fifteen/avatar-1", PICTURE)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_of_the_provider_are_not_followed(status: int) -> None:
    with redirecting(status) as (origin, paths):
        url = f"cloudinary://{KEY}:{SECRET}@kith-tests?upload_prefix={origin}"
        storage = CloudinaryStorage(Account.read(url, local=True))
        for call in (
            lambda: storage.keep("kith/sixteen/avatar-1", PICTURE),
            lambda: storage.remove("kith/sixteen/avatar-1"),
            lambda: storage.remove_beneath("kith/sixteen/"),
        ):
            with pytest.raises(StorageUnavailable):
                call()

    assert len(paths) == 3
    assert "/elsewhere" not in paths


@contextmanager
def redirecting(status: int) -> Iterator[tuple[str, list[str]]]:
    """A provider that sends everybody elsewhere: its origin, and the paths that were asked for."""
    paths: list[str] = []

    class Redirect(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            paths.append(self.path)
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_DELETE = do_POST  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Redirect) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", paths
        server.shutdown()
        thread.join()


def test_a_provider_that_is_slow_but_in_time_is_waited_for(
    cloudinary: CloudinaryStorage, picture_cloud: PictureCloud
) -> None:
    picture_cloud.has_faults(slow_seconds=1)

    assert cloudinary.keep("kith/ten/avatar-1", PICTURE)


def test_a_provider_that_is_not_there_is_away() -> None:
    nowhere = f"cloudinary://{KEY}:{SECRET}@kith-tests?upload_prefix=http://127.0.0.1:9"
    storage = CloudinaryStorage(Account.read(nowhere, local=True))

    with pytest.raises(StorageUnavailable):
        storage.keep("kith/eleven/avatar-1", PICTURE)


def test_a_wrong_secret_is_an_outage_and_not_a_crash(picture_cloud: PictureCloud) -> None:
    url = picture_cloud.url.replace(SECRET, "another")
    storage = CloudinaryStorage(Account.read(url, local=True))

    with pytest.raises(StorageUnavailable):
        storage.keep("kith/twelve/avatar-1", PICTURE)


def test_deployed_pictures_are_shown_by_https_from_the_accounts_own_host() -> None:
    plain = Account.read("cloudinary://k:s@kith")
    private = Account.read("cloudinary://k:s@kith/pictures.example.com")
    moved = Account.read("cloudinary://k:s@kith?upload_prefix=http://x&delivery_origin=http://x")

    assert plain.delivery == "https://res.cloudinary.com/kith"
    assert private.delivery == "https://pictures.example.com"
    assert moved.delivery == "https://res.cloudinary.com/kith"


def test_on_a_laptop_pictures_are_shown_where_the_stand_in_says() -> None:
    url = "cloudinary://k:s@kith?upload_prefix=http://pictures:8090"

    assert Account.read(url, local=True).delivery == "http://pictures:8090/kith"
    elsewhere = Account.read(f"{url}&delivery_origin=http://127.0.0.1:8090", local=True)
    assert elsewhere.delivery == "http://127.0.0.1:8090/kith"
