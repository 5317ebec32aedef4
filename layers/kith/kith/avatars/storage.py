"""Where pictures are kept: at Cloudinary, or in memory.

The only module that knows Cloudinary. Its SDK waits for ever and tries again by itself, so each
call has eight seconds on a thread of its own, after which it counts as lost: what may still arrive
is an orphan, and orphans are written down before anything is sent. For a moment afterwards nobody
else waits either, so that requests in a queue are not each eight seconds late.
"""

import hmac
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl, urlsplit

from kith.avatars.images import FORMAT, SIDE
from kith.errors import Invalid, Unavailable
from kith.settings import settings
from kith.singleton import singleton
from kith.telemetry import count_metric, log_warning

PATIENCE_SECONDS: Final = 8.0
_AWAY_SECONDS: Final = 2.0
_LONGEST_ADDRESS: Final = 500
_MOST_ROUNDS: Final = 50  # of a thousand pictures each


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
    """What a browser needs to upload one picture by itself: where to, and which form fields."""

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
        """Store a picture under an id that was never used, and tell its address."""
        ...

    def remove(self, public_id: str) -> None:
        """Remove a picture; one that is not there is removed already."""
        ...

    def remove_beneath(self, folder: str) -> None:
        """Remove all pictures whose ids begin so."""
        ...

    def ticket(self, public_id: str) -> UploadSignature:
        """Permission to upload one picture under this id."""
        ...

    def address_of(self, receipt: ProviderReceipt) -> str:
        """The address of a picture that a browser uploaded. Raises ReceiptInvalid."""
        ...


class MemoryStorage:
    """Pictures in a dictionary, for tests that are not about the provider."""

    def __init__(self) -> None:
        self.pictures: dict[str, bytes] = {}

    def keep(self, public_id: str, picture: bytes) -> str:
        self.pictures[public_id] = picture
        return self._address(public_id)

    def remove(self, public_id: str) -> None:
        self.pictures.pop(public_id, None)

    def remove_beneath(self, folder: str) -> None:
        for public_id in [each for each in self.pictures if each.startswith(folder)]:
            self.remove(public_id)

    def ticket(self, public_id: str) -> UploadSignature:
        return UploadSignature("https://pictures.example.com/upload", {"public_id": public_id})

    def address_of(self, receipt: ProviderReceipt) -> str:
        if receipt.signature != f"signed:{receipt.public_id}:{receipt.version}":
            raise ReceiptInvalid
        return self._address(receipt.public_id)

    def _address(self, public_id: str) -> str:
        return f"https://pictures.example.com/v1/{public_id}.{FORMAT}"


@dataclass(frozen=True, slots=True)
class Account:
    """A Cloudinary account; ``api`` and ``delivery`` are origins, ``delivery`` with its folder."""

    cloud: str
    key: str
    secret: str
    api: str
    delivery: str

    @classmethod
    def read(cls, url: str, *, local: bool = False) -> "Account":
        """Out of ``cloudinary://key:secret@cloud[/private-host][?upload_prefix=…]``.

        Pictures are shown by https only. On a laptop they come from wherever they were sent, or
        from ``delivery_origin``.
        """
        parts = urlsplit(url)
        told = dict(parse_qsl(parts.query))
        api = told.get("upload_prefix", "https://api.cloudinary.com")
        cloud, private = parts.hostname or "", parts.path.strip("/")
        delivery = f"https://{private}" if private else f"https://res.cloudinary.com/{cloud}"
        if local and "upload_prefix" in told:
            delivery = f"{told.get('delivery_origin', api)}/{cloud}"
        return cls(cloud, parts.username or "", parts.password or "", api, delivery)

    def options(self) -> dict[str, Any]:
        """What each call of the SDK is given, so that nothing depends on what it read itself."""
        return {
            "cloud_name": self.cloud,
            "api_key": self.key,
            "api_secret": self.secret,
            "upload_prefix": self.api,
            "timeout": PATIENCE_SECONDS,
        }


class CloudinaryStorage:
    """Pictures at Cloudinary. Whatever goes wrong there is PicturesAway here."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._away_until = 0.0

    def keep(self, public_id: str, picture: bytes) -> str:
        answer = self._ask(lambda: self._upload(public_id, picture))
        with _nonsense_is_trouble():
            receipt = ProviderReceipt(
                answer["public_id"], int(answer["version"]), answer["signature"]
            )
            if receipt.public_id != public_id or not self._is_signed(receipt):
                raise ValueError("signature")
            return self._checked(answer["secure_url"])

    def remove(self, public_id: str) -> None:
        answer = self._ask(lambda: self._destroy(public_id))
        with _nonsense_is_trouble():
            if answer["result"] not in {"ok", "not found"}:
                raise ValueError("result")

    def remove_beneath(self, folder: str) -> None:
        for _ in range(_MOST_ROUNDS):
            answer = self._ask(lambda: self._delete_beneath(folder))
            with _nonsense_is_trouble():
                if not answer["partial"]:
                    return
        raise _away("endless")

    def ticket(self, public_id: str) -> UploadSignature:
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

    def address_of(self, receipt: ProviderReceipt) -> str:
        if not self._is_signed(receipt):
            raise ReceiptInvalid
        path = f"image/upload/v{receipt.version}/{receipt.public_id}.{FORMAT}"
        return f"{self._account.delivery}/{path}"

    def _upload(self, public_id: str, picture: bytes) -> Any:
        from cloudinary import uploader

        return uploader.upload(
            picture,  # bytes, never text: the SDK would take text for a path or an address
            public_id=public_id,
            filename="picture",
            overwrite=False,
            signature_algorithm="sha256",
            **self._account.options(),
        )

    def _destroy(self, public_id: str) -> Any:
        from cloudinary import uploader

        return uploader.destroy(public_id, invalidate=True, **self._account.options())

    def _delete_beneath(self, folder: str) -> Any:
        from cloudinary import api

        options = self._account.options()
        return api.delete_resources_by_prefix(folder, invalidate=True, **options)

    def _is_signed(self, receipt: ProviderReceipt) -> bool:
        """By the account's digest, SHA-1 unless it was changed to SHA-256."""
        from cloudinary import utils

        signed = {"public_id": receipt.public_id, "version": receipt.version}
        algorithm = utils.SIGNATURE_SHA256 if len(receipt.signature) == 64 else utils.SIGNATURE_SHA1
        expected = utils.api_sign_request(
            signed, self._account.secret, algorithm, signature_version=1
        )
        return hmac.compare_digest(expected.encode(), receipt.signature.encode())

    def _ask(self, call: Callable[[], Any]) -> Any:
        """What the call returns, or PicturesAway when it failed or there was none in time."""
        if time.monotonic() < self._away_until:
            raise StorageUnavailable
        answers: SimpleQueue[tuple[Any, Exception | None]] = SimpleQueue()
        Thread(target=_tell, args=(call, answers), daemon=True).start()
        try:
            answer, trouble = answers.get(timeout=PATIENCE_SECONDS)
        except Empty:
            self._away_until = time.monotonic() + _AWAY_SECONDS
            raise _away("timeout") from None
        if trouble is not None:
            raise _away(type(trouble).__name__) from trouble
        return answer

    def _checked(self, address: str) -> str:
        """An address may only point to where our pictures are."""
        if not address.startswith(f"{self._account.delivery}/") or len(address) > _LONGEST_ADDRESS:
            raise ValueError("address")
        return address


def _tell(call: Callable[[], Any], answers: "SimpleQueue[tuple[Any, Exception | None]]") -> None:
    try:
        answers.put((call(), None))
    except Exception as trouble:  # noqa: BLE001 - it is handed to whoever waits
        answers.put((None, trouble))


@contextmanager
def _nonsense_is_trouble() -> Iterator[None]:
    """An answer without what it must have is as good as none."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as why:
        raise _away("nonsense") from why


def _away(trouble: str) -> StorageUnavailable:
    log_warning("pictures_away", trouble=trouble)
    count_metric("PicturesAway")
    return StorageUnavailable()


@singleton
def storage() -> Storage:
    """This process's storage, as the settings name it. Raises StorageUnavailable: none."""
    url = settings().cloudinary_url
    if not url:
        raise StorageUnavailable
    return CloudinaryStorage(Account.read(url, local=settings().stage in {"local", "test"}))
