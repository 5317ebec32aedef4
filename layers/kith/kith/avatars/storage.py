"""Storage of pictures: Cloudinary, or memory.

The only module that knows Cloudinary. Its SDK has no timeout for a whole call, so each call has
eight seconds (or what the deadline leaves of them) on a thread of its own, after which it counts as
lost: what may still arrive is an orphan, and orphans are recorded before anything is sent. For a
moment afterwards nobody else waits either (a circuit breaker), so that requests in a queue are not
each eight seconds late. The SDK would follow redirects and retry by itself; it does neither here.
"""

import hmac
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import parse_qsl, urlsplit

from kith.avatars.images import FORMAT, SIDE
from kith.deadline import call_for, time_left
from kith.errors import Invalid, Unavailable
from kith.settings import settings
from kith.singleton import singleton
from kith.telemetry import count_metric, log_warning

TIMEOUT_SECONDS: Final = 8.0
_BREAK_SECONDS: Final = 2.0
_LONGEST_URL: Final = 500
_MOST_ROUNDS: Final = 50  # of a thousand pictures each

_Response = Mapping[str, Any]  # JSON of the provider
_Result = TypeVar("_Result")


class StorageUnavailable(Unavailable):
    code = "pictures_unavailable"
    detail = "Pictures cannot be kept at the moment; try again shortly."

    def __init__(self) -> None:
        super().__init__(retry_after=5)


class ReceiptInvalid(Invalid):
    code = "receipt_invalid"
    detail = "This is no receipt of an upload."


@dataclass(frozen=True, slots=True)
class UploadSignature:
    """A signed upload: where a browser posts one picture to, and with which form fields."""

    url: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class ProviderReceipt:
    """What the provider told the browser; ``signature`` proves that the provider said it."""

    public_id: str
    version: int
    signature: str


class Storage(Protocol):
    """A place that keeps prepared pictures and shows them to the world."""

    def keep(self, public_id: str, picture: bytes) -> str:
        """Store a picture under an id that was never used; returns its URL."""
        ...

    def remove(self, public_id: str) -> None:
        """Remove a picture; one that is not there is removed already."""
        ...

    def remove_beneath(self, folder: str) -> None:
        """Remove all pictures whose ids begin so."""
        ...

    def sign_upload(self, public_id: str) -> UploadSignature:
        """Permission to upload one picture under this id."""
        ...

    def url_of(self, receipt: ProviderReceipt) -> str:
        """The URL of a picture that a browser uploaded. Raises ReceiptInvalid."""
        ...


class MemoryStorage:
    """Pictures in a dictionary, for tests that are not about the provider."""

    def __init__(self) -> None:
        self.pictures: dict[str, bytes] = {}

    def keep(self, public_id: str, picture: bytes) -> str:
        self.pictures[public_id] = picture
        return self._url(public_id)

    def remove(self, public_id: str) -> None:
        self.pictures.pop(public_id, None)

    def remove_beneath(self, folder: str) -> None:
        for public_id in [each for each in self.pictures if each.startswith(folder)]:
            self.remove(public_id)

    def sign_upload(self, public_id: str) -> UploadSignature:
        return UploadSignature("https://pictures.example.com/upload", {"public_id": public_id})

    def url_of(self, receipt: ProviderReceipt) -> str:
        if receipt.signature != f"signed:{receipt.public_id}:{receipt.version}":
            raise ReceiptInvalid
        return self._url(receipt.public_id)

    def _url(self, public_id: str) -> str:
        return f"https://pictures.example.com/v1/{public_id}.{FORMAT}"


@dataclass(frozen=True, slots=True)
class Account:
    """A Cloudinary account; ``api`` and ``delivery`` are origins, ``delivery`` with its folder."""

    cloud: str
    key: str
    secret: str
    api: str
    delivery: str
    timeout_seconds: float = TIMEOUT_SECONDS  # of each call
    break_seconds: float = _BREAK_SECONDS  # after one that took too long

    @classmethod
    def read(cls, url: str, *, local: bool = False) -> "Account":
        """Out of ``cloudinary://key:secret@cloud[/private-host][?upload_prefix=…]``.

        Pictures are shown by https only. On a laptop they come from wherever they were sent, or
        from ``delivery_origin``.
        """
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query))
        api = options.get("upload_prefix", "https://api.cloudinary.com")
        cloud, private = parts.hostname or "", parts.path.strip("/")
        delivery = f"https://{private}" if private else f"https://res.cloudinary.com/{cloud}"
        if local and "upload_prefix" in options:
            delivery = f"{options.get('delivery_origin', api)}/{cloud}"
        return cls(cloud, parts.username or "", parts.password or "", api, delivery)

    def options(self) -> dict[str, Any]:
        """Arguments of each call of the SDK, so that nothing depends on what it read itself."""
        return {
            "cloud_name": self.cloud,
            "api_key": self.key,
            "api_secret": self.secret,
            "upload_prefix": self.api,
            "timeout": self.timeout_seconds,
        }


class CloudinaryStorage:
    """Pictures at Cloudinary. Whatever goes wrong there is StorageUnavailable here."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._open_until = 0.0

    def keep(self, public_id: str, picture: bytes) -> str:
        response = self._call(lambda: self._upload(public_id, picture))
        with _translated():
            receipt = ProviderReceipt(
                response["public_id"], int(response["version"]), response["signature"]
            )
            if receipt.public_id != public_id or not self._is_signed(receipt):
                raise ValueError("signature")
            return self._require_ours(response["secure_url"])

    def remove(self, public_id: str) -> None:
        response = self._call(lambda: self._destroy(public_id))
        with _translated():
            if response["result"] not in {"ok", "not found"}:
                raise ValueError("result")

    def remove_beneath(self, folder: str) -> None:
        for _ in range(_MOST_ROUNDS):
            response = self._call(lambda: self._delete_beneath(folder))
            with _translated():
                if not response["partial"]:
                    return
        raise _unavailable("endless")

    def sign_upload(self, public_id: str) -> UploadSignature:
        """The provider itself squares, re-encodes and strips what the browser sends."""
        from cloudinary import utils

        fields = {
            "allowed_formats": "jpg,png,webp",
            "format": FORMAT,
            "overwrite": "false",
            "public_id": public_id,
            "timestamp": utils.now(),
            "transformation": f"c_fill,g_auto,h_{SIDE},w_{SIDE}",
        }
        signature = utils.api_sign_request(fields, self._account.secret, utils.SIGNATURE_SHA256)
        url = f"{self._account.api}/v1_1/{self._account.cloud}/image/upload"
        return UploadSignature(
            url, {**fields, "api_key": self._account.key, "signature": signature}
        )

    def url_of(self, receipt: ProviderReceipt) -> str:
        if not self._is_signed(receipt):
            raise ReceiptInvalid
        path = f"image/upload/v{receipt.version}/{receipt.public_id}.{FORMAT}"
        return f"{self._account.delivery}/{path}"

    def _upload(self, public_id: str, picture: bytes) -> _Response:
        uploader = _uploader()
        result: _Response = uploader.upload(
            picture,  # bytes, never text: the SDK would take text for a path or an address
            public_id=public_id,
            filename="picture",
            overwrite=False,
            signature_algorithm="sha256",
            **self._account.options(),
        )
        return result

    def _destroy(self, public_id: str) -> _Response:
        options = self._account.options()
        result: _Response = _uploader().destroy(public_id, invalidate=True, **options)
        return result

    def _delete_beneath(self, folder: str) -> _Response:
        options = self._account.options()
        result: _Response = _api().delete_resources_by_prefix(folder, invalidate=True, **options)
        return result

    def _is_signed(self, receipt: ProviderReceipt) -> bool:
        """By the account's digest, SHA-1 unless it was changed to SHA-256."""
        from cloudinary import utils

        signed = {"public_id": receipt.public_id, "version": receipt.version}
        algorithm = utils.SIGNATURE_SHA256 if len(receipt.signature) == 64 else utils.SIGNATURE_SHA1
        expected = utils.api_sign_request(
            signed, self._account.secret, algorithm, signature_version=1
        )
        return hmac.compare_digest(expected.encode(), receipt.signature.encode())

    def _call(self, call: Callable[[], _Result]) -> _Result:
        """What the call returns. Raises StorageUnavailable: it failed, or took too long."""
        if time.monotonic() < self._open_until:
            raise StorageUnavailable
        seconds = time_left(self._account.timeout_seconds)
        try:
            return call_for(call, seconds)
        except TimeoutError:
            self._open_until = time.monotonic() + self._account.break_seconds
            raise _unavailable("timeout") from None
        except Exception as error:
            raise _unavailable(type(error).__name__) from error

    def _require_ours(self, url: str) -> str:
        """A URL may only point to where our pictures are."""
        if not url.startswith(f"{self._account.delivery}/") or len(url) > _LONGEST_URL:
            raise ValueError("url")
        return url


def _uploader() -> ModuleType:
    from cloudinary import uploader

    _prepare(uploader)
    module: ModuleType = uploader
    return module


def _api() -> ModuleType:
    from cloudinary import api
    from cloudinary.api_client import call_api

    _prepare(call_api)
    module: ModuleType = api
    return module


def _prepare(module: ModuleType) -> None:
    """A fresh connection for each call, and no redirect: the response says where pictures go."""
    from urllib3.util import Retry

    manager = module._http  # noqa: SLF001 - the SDK offers no other way
    manager.connection_pool_kw["retries"] = Retry(0, redirect=0, raise_on_redirect=False)
    manager.clear()


@contextmanager
def _translated() -> Iterator[None]:
    """A response without what it must have is as good as none."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unavailable("malformed_response") from error


def _unavailable(reason: str) -> StorageUnavailable:
    log_warning("picture_storage_unavailable", reason=reason)
    count_metric("PicturesAway")
    return StorageUnavailable()


@singleton
def storage() -> Storage:
    """This process's storage, as the settings name it. Raises StorageUnavailable: none."""
    url = settings().cloudinary_url
    if not url:
        raise StorageUnavailable
    return CloudinaryStorage(Account.read(url, local=settings().stage in {"local", "test"}))
