"""The routes of the stand-in: upload, destroy, delete by prefix, ping, delivery, faults."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from infra.local.cloudinary import signatures
from infra.local.cloudinary.authentication import Account, check_basic, check_signature
from infra.local.cloudinary.bodies import read_form, read_json, recorded_request
from infra.local.cloudinary.delivery import deliver, undelivered
from infra.local.cloudinary.errors import ApiError, answer_api_error, answer_http_exception
from infra.local.cloudinary.faults import Faults
from infra.local.cloudinary.shelf import Picture, Shelf
from infra.local.cloudinary.transformations import TransformationError
from infra.local.cloudinary.uploads import store_upload

_REMEMBERED_REQUESTS: Final = 200

Endpoint = Callable[[Request], Awaitable[Response]]


class Cloud:
    """The cloud of one account: its pictures, its recorded requests, its faults.

    ``origin`` is what the addresses of pictures begin with; empty: the host that was asked.
    """

    def __init__(self, account: Account, directory: Path, origin: str = "") -> None:
        self._account = account
        self._origin = origin
        self._shelf = Shelf(directory)
        self.faults = Faults()
        self.requests: deque[dict[str, Any]] = deque(maxlen=_REMEMBERED_REQUESTS)

    async def upload(self, request: Request) -> Response:
        fields, file = await read_form(request)
        self.requests.append(recorded_request(request, fields, file))
        self._check_cloud(request)
        check_signature(self._account, fields)
        if file is None:
            raise ApiError(400, "Missing required parameter - file")
        content = await file.read()
        stored, existing = await run_in_threadpool(store_upload, self._shelf, content, fields)
        return JSONResponse(self._described(request, stored, file, existing=existing))

    async def destroy(self, request: Request) -> Response:
        fields, file = await read_form(request)
        self.requests.append(recorded_request(request, fields, file))
        self._check_cloud(request)
        check_signature(self._account, fields)
        if not fields.get("public_id"):
            raise ApiError(400, "Missing required parameter - public_id")
        gone = self._shelf.remove(fields["public_id"])
        return JSONResponse({"result": "ok" if gone else "not found"})

    async def delete_resources(self, request: Request) -> Response:
        """The Admin API's deletion, by prefix or by ids, signed in with key and secret."""
        self._check_administrator(request)
        given = await read_json(request)
        self.requests.append(recorded_request(request, given, None))
        prefix, ids = str(given.get("prefix", "")), list(given.get("public_ids", []))
        if not prefix and not ids:
            raise ApiError(400, "Missing required parameter - public_ids, prefix, all or tag")
        found = list(self._shelf.beginning_with(prefix)) if prefix else ids
        outcome = {each: "deleted" if self._shelf.remove(each) else "not_found" for each in found}
        counts = {each: {"original": 1, "derived": 0} for each in outcome}
        return JSONResponse({"deleted": outcome, "deleted_counts": counts, "partial": False})

    async def ping(self, request: Request) -> Response:
        self._check_administrator(request)
        return JSONResponse({"status": "ok"})

    async def deliver(self, request: Request) -> Response:
        cloud = request.path_params["cloud"]
        if cloud != self._account.cloud:
            return undelivered(401, f"cloud_name {cloud} is unknown")
        path, accept = request.path_params["rest"], request.headers.get("accept", "")
        try:
            return await run_in_threadpool(deliver, self._shelf, path, accept)
        except TransformationError as error:
            return undelivered(400, str(error))

    def _described(
        self, request: Request, picture: Picture, file: UploadFile, *, existing: bool
    ) -> dict[str, Any]:
        name = f"{picture.public_id}.{picture.format}"
        path = f"/{self._account.cloud}/image/upload/v{picture.version}/{name}"
        signature = signatures.of_answer(picture.public_id, picture.version, self._account.secret)
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
            "api_key": self._account.key,
        }
        return {**answer, "existing": True} if existing else answer

    def _check_administrator(self, request: Request) -> None:
        self._check_cloud(request)
        check_basic(self._account, request.headers.get("authorization", ""))

    def _check_cloud(self, request: Request) -> None:
        cloud = request.path_params["cloud"]
        if cloud != self._account.cloud:
            raise ApiError(401, f"Invalid cloud_name {cloud}")


def create_app(cloud: Cloud) -> Starlette:
    """The stand-in of one account as an ASGI application."""

    async def faults(request: Request) -> Response:
        if request.method == "PUT":
            try:
                cloud.faults = Faults.read(await request.json())
            except (TypeError, ValueError) as error:
                raise ApiError(400, str(error)) from None
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
        exception_handlers={ApiError: answer_api_error, HTTPException: answer_http_exception},
    )


def _with_faults(cloud: Cloud, endpoint: Endpoint) -> Endpoint:
    """The endpoint with the faults that are set; a request that hangs has stored nothing."""

    async def faulty(request: Request) -> Response:
        faults = cloud.faults
        if faults.hang:
            await request.body()
            await request.receive()  # the next that comes is that the client has left
            raise ApiError(500, "General Error")
        await asyncio.sleep(faults.slow_seconds)
        if faults.fail:
            await request.body()
            raise ApiError(faults.fail, "General Error")
        if faults.nonsense:
            await request.body()
            return HTMLResponse("<html><body>Bad gateway</body></html>")
        return await endpoint(request)

    return faulty
