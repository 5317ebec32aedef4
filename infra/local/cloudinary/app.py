"""The routes of the stand-in: upload, destroy, delete by prefix, ping, delivery, faults."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import io
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from PIL import Image, UnidentifiedImageError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from infra.local.cloudinary import signatures, transformations
from infra.local.cloudinary.faults import Faults
from infra.local.cloudinary.shelf import Picture, Shelf
from infra.local.cloudinary.transformations import FORMATS, MEDIA_TYPES, TransformationError

_STALE_AFTER_SECONDS: Final = 3600
_LARGEST_BYTES: Final = 10_485_760  # of a free account
_REMEMBERED_REQUESTS: Final = 200
_NAMES: Final = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif"}
_UNDERSTOOD: Final = {
    "allowed_formats", "api_key", "format", "invalidate", "overwrite", "public_id",
    "signature", "timestamp", "transformation", "type",
}  # fmt: skip

Endpoint = Callable[[Request], Awaitable[Response]]


class Refused(Exception):
    """An answer in the form of Cloudinary's errors."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Cloud:
    """One account: its key, its secret, its pictures, its troubles.

    ``origin`` is what the addresses of pictures begin with; empty: the host that was asked.
    """

    def __init__(
        self, *, name: str, key: str, secret: str, directory: Path, origin: str = ""
    ) -> None:
        self.name = name
        self.key = key
        self._secret = secret
        self._origin = origin
        self._shelf = Shelf(directory)
        self.faults = Faults()
        self.requests: deque[dict[str, Any]] = deque(maxlen=_REMEMBERED_REQUESTS)

    async def upload(self, request: Request) -> Response:
        fields, file = await _form(request)
        self.requests.append(_remembered(request, fields, file))
        self._check_signature(request, fields)
        if file is None:
            raise Refused(400, "Missing required parameter - file")
        content = await file.read()
        stored, existing = await run_in_threadpool(self._store, content, fields)
        return JSONResponse(self._described(request, stored, file, existing=existing))

    async def destroy(self, request: Request) -> Response:
        fields, file = await _form(request)
        self.requests.append(_remembered(request, fields, file))
        self._check_signature(request, fields)
        if not fields.get("public_id"):
            raise Refused(400, "Missing required parameter - public_id")
        gone = self._shelf.remove(fields["public_id"])
        return JSONResponse({"result": "ok" if gone else "not found"})

    async def delete_resources(self, request: Request) -> Response:
        """The Admin API's deletion, by prefix or by ids, signed in with key and secret."""
        self._check_basic(request)
        given = await _json(request)
        self.requests.append(_remembered(request, given, None))
        prefix, ids = str(given.get("prefix", "")), list(given.get("public_ids", []))
        if not prefix and not ids:
            raise Refused(400, "Missing required parameter - public_ids, prefix, all or tag")
        found = list(self._shelf.beginning_with(prefix)) if prefix else ids
        outcome = {each: "deleted" if self._shelf.remove(each) else "not_found" for each in found}
        counts = {each: {"original": 1, "derived": 0} for each in outcome}
        return JSONResponse({"deleted": outcome, "deleted_counts": counts, "partial": False})

    async def ping(self, request: Request) -> Response:
        self._check_basic(request)
        return JSONResponse({"status": "ok"})

    async def deliver(self, request: Request) -> Response:
        if request.path_params["cloud"] != self.name:
            return _undelivered(401, f"cloud_name {request.path_params['cloud']} is unknown")
        *segments, last = request.path_params["rest"].split("/")
        try:
            return await run_in_threadpool(self._delivery, segments, last, request)
        except TransformationError as why:
            return _undelivered(400, str(why))

    def _delivery(self, segments: list[str], last: str, request: Request) -> Response:
        steps = []
        while segments and transformations.is_step(segments[0]):
            steps.append(transformations.read(segments.pop(0)))
        if segments and segments[0][:1] == "v" and segments[0][1:].isdigit():
            segments.pop(0)
        name, _, extension = last.rpartition(".")
        if not name:
            name, extension = last, ""
        public_id = "/".join([*segments, name])
        found = self._shelf.get(public_id)
        if found is None or extension not in {"", *FORMATS}:
            return _undelivered(404, f"Resource not found - {public_id}")
        picture, content = found
        kind = _wanted_kind(picture, extension, steps, request)
        if steps or kind != FORMATS[picture.format]:
            content, kind = transformations.applied(content, steps, kind)
        return Response(content, headers=_delivery_headers(content, kind))

    def _store(self, content: bytes, fields: Mapping[str, str]) -> tuple[Picture, bool]:
        public_id = fields.get("public_id") or secrets.token_hex(10)
        already = self._shelf.get(public_id)
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
            etag=_digest(content),
            asset_id=secrets.token_hex(16),
            created_at=datetime.fromtimestamp(version, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        self._shelf.put(picture, content)
        return picture, False

    def _described(
        self, request: Request, picture: Picture, file: UploadFile, *, existing: bool
    ) -> dict[str, Any]:
        path = f"/{self.name}/image/upload/v{picture.version}/{picture.public_id}.{picture.format}"
        signature = signatures.of_answer(picture.public_id, picture.version, self._secret)
        origin = self._origin or f"http://{request.url.netloc}"
        if self.faults.foreign_url:
            origin = "https://pictures.example.net"
        if self.faults.http_url:
            origin = "http://res.cloudinary.com"
        answer: dict[str, Any] = {
            "asset_id": picture.asset_id,
            "public_id": picture.public_id,
            "version": picture.version,
            "version_id": picture.asset_id[::-1],
            "signature": "0" * 40 if self.faults.wrong_signature else signature,
            "width": picture.width,
            "height": picture.height,
            "format": picture.format,
            "resource_type": "image",
            "created_at": picture.created_at,
            "tags": [],
            "bytes": picture.bytes,
            "type": "upload",
            "etag": picture.etag,
            "placeholder": False,
            "url": f"{origin.replace('https://', 'http://')}{path}",
            "secure_url": f"{origin}{path}",
            "asset_folder": picture.public_id.rpartition("/")[0],
            "display_name": picture.public_id.rpartition("/")[2],
            "original_filename": Path(file.filename or "file").stem,
            "api_key": self.key,
        }
        return {**answer, "existing": True} if existing else answer

    def _check_signature(self, request: Request, fields: Mapping[str, str]) -> None:
        self._check_cloud(request)
        for name in ("api_key", "timestamp", "signature"):
            if not fields.get(name):
                raise Refused(400, f"Missing required parameter - {name}")
        if fields["api_key"] != self.key:
            raise Refused(401, "Unknown API key")
        if not signatures.is_valid(fields["signature"], fields, self._secret):
            signed = signatures.string_to_sign(fields)
            raise Refused(401, f"Invalid Signature. String to sign - '{signed}'.")
        _check_age(fields["timestamp"])
        unknown = sorted(set(fields) - _UNDERSTOOD)
        if unknown:
            raise Refused(400, f"The stand-in does not know the parameter {unknown[0]}")

    def _check_basic(self, request: Request) -> None:
        self._check_cloud(request)
        kind, _, credentials = request.headers.get("authorization", "").partition(" ")
        try:
            given = base64.b64decode(credentials, validate=True)
        except binascii.Error:
            given = b""
        expected = f"{self.key}:{self._secret}".encode()
        if kind.lower() != "basic" or not hmac.compare_digest(given, expected):
            raise Refused(401, "unknown api_key")

    def _check_cloud(self, request: Request) -> None:
        if request.path_params["cloud"] != self.name:
            raise Refused(401, f"Invalid cloud_name {request.path_params['cloud']}")


def create_app(cloud: Cloud) -> Starlette:
    """The stand-in of one account as an ASGI application."""

    async def faults(request: Request) -> Response:
        if request.method == "PUT":
            try:
                cloud.faults = Faults.read(await request.json())
            except (TypeError, ValueError) as why:
                raise Refused(400, str(why)) from None
        if request.method == "DELETE":
            cloud.faults = Faults()
        return JSONResponse(cloud.faults.shown())

    async def requests(request: Request) -> Response:
        if request.method == "DELETE":
            cloud.requests.clear()
        return JSONResponse({"items": list(cloud.requests)})

    resources = "/v1_1/{cloud}/resources/image/upload"
    return Starlette(
        routes=[
            Route("/_faults", faults, methods=["GET", "PUT", "DELETE"]),
            Route("/_requests", requests, methods=["GET", "DELETE"]),
            Route("/v1_1/{cloud}/ping", _with_faults(cloud, cloud.ping)),
            Route(
                "/v1_1/{cloud}/image/upload", _with_faults(cloud, cloud.upload), methods=["POST"]
            ),
            Route(
                "/v1_1/{cloud}/image/destroy", _with_faults(cloud, cloud.destroy), methods=["POST"]
            ),
            Route(resources, _with_faults(cloud, cloud.delete_resources), methods=["DELETE"]),
            Route("/{cloud}/image/upload/{rest:path}", cloud.deliver),
        ],
        exception_handlers={Refused: _refusal, HTTPException: _starlettes_refusal},
    )


def _with_faults(cloud: Cloud, endpoint: Endpoint) -> Endpoint:
    """The endpoint with the troubles that are set: what hangs has stored nothing."""

    async def troubled(request: Request) -> Response:
        faults = cloud.faults
        if faults.hang:
            await request.body()
            await request.receive()  # the next that comes is that the client has left
            raise Refused(500, "General Error")
        await asyncio.sleep(faults.slow_seconds)
        if faults.fail:
            await request.body()
            raise Refused(faults.fail, "General Error")
        if faults.nonsense:
            await request.body()
            return HTMLResponse("<html><body>Bad gateway</body></html>")
        return await endpoint(request)

    return troubled


async def _form(request: Request) -> tuple[dict[str, str], UploadFile | None]:
    form = await request.form(max_files=1, max_fields=50)
    fields = {name: text for name, text in form.multi_items() if isinstance(text, str)}
    if "file" in fields:
        raise Refused(400, "The stand-in fetches no remote files and reads no data URIs")
    file = form.get("file")
    return fields, file if isinstance(file, UploadFile) else None


async def _json(request: Request) -> dict[str, Any]:
    try:
        given = await request.json()
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise Refused(400, "Invalid JSON")
    return given


def _remembered(
    request: Request, fields: Mapping[str, Any], file: UploadFile | None
) -> dict[str, Any]:
    """What was sent, without what must stay secret; the time is the machine's."""
    return {
        "method": request.method,
        "path": request.url.path,
        "fields": {name: text for name, text in fields.items() if name != "signature"},
        "file": {"name": file.filename, "content_type": file.content_type, "bytes": file.size}
        if file
        else None,
    }


def _check_age(timestamp: str) -> None:
    if not timestamp.isascii() or not timestamp.isdigit():
        raise Refused(400, f"Invalid timestamp {timestamp[:20]}")
    if abs(time.time() - int(timestamp)) > _STALE_AFTER_SECONDS:
        said = datetime.fromtimestamp(min(int(timestamp), 2**31), UTC)
        raise Refused(
            400,
            f"Stale request - reported time is {said:%Y-%m-%d %H:%M:%S} +0000 "
            "which is more than 1 hour ago",
        )


def _decoded(content: bytes, fields: Mapping[str, str]) -> tuple[bytes, str, tuple[int, int]]:
    """The picture as it is stored: checked, and changed where the upload asks for it."""
    if not content:
        raise Refused(400, "Empty file")
    if len(content) > _LARGEST_BYTES:
        raise Refused(400, f"File size too large. Got {len(content)}. Maximum is {_LARGEST_BYTES}.")
    try:
        with Image.open(io.BytesIO(content)) as picture:
            kind, size = str(picture.format), picture.size
            picture.load()
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        raise Refused(400, "Invalid image file") from None
    if kind not in _NAMES:
        raise Refused(400, f"Image file format {kind.lower()} not allowed")
    allowed = fields.get("allowed_formats", "")
    if allowed and _NAMES[kind] not in allowed.split(","):
        raise Refused(400, f"Image file format {_NAMES[kind]} not allowed")
    return _as_asked(content, kind, size, fields)


def _as_asked(
    content: bytes, kind: str, size: tuple[int, int], fields: Mapping[str, str]
) -> tuple[bytes, str, tuple[int, int]]:
    wanted = fields.get("format", "")
    if wanted and wanted not in FORMATS:
        raise Refused(400, f"Invalid format {wanted[:20]}")
    asked = [each for each in fields.get("transformation", "").split("/") if each]
    if not asked and not wanted:
        return content, kind, size
    try:
        steps = [transformations.read(each) for each in asked]
        content, kind = transformations.applied(content, steps, FORMATS.get(wanted, kind))
    except (TransformationError, ValueError) as why:
        raise Refused(400, str(why)) from None
    with Image.open(io.BytesIO(content)) as picture:
        return content, kind, picture.size


def _wanted_kind(
    picture: Picture, extension: str, steps: list[dict[str, str]], request: Request
) -> str:
    automatic = any(step.get("f") == "auto" for step in steps)
    if automatic and "image/webp" in request.headers.get("accept", ""):
        return "WEBP"
    return FORMATS[extension or picture.format]


def _delivery_headers(content: bytes, kind: str) -> dict[str, str]:
    return {
        "Content-Type": MEDIA_TYPES[kind],
        "Cache-Control": "public, no-transform, immutable, max-age=2592000",
        "ETag": f'"{_digest(content)}"',
        "Access-Control-Allow-Origin": "*",
        "X-Content-Type-Options": "nosniff",
    }


def _digest(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _undelivered(status: int, message: str) -> Response:
    return Response(status_code=status, headers={"X-Cld-Error": message.encode().decode("latin-1")})


async def _refusal(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 - Starlette's signature is wider than its use
    return _error(error.status, error.message)


async def _starlettes_refusal(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    return _error(error.status_code, str(error.detail))


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": {"message": message}}, status)
