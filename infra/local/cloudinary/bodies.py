"""Bodies of requests to the API: forms with one file, JSON, and what is recorded of them."""

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from infra.local.cloudinary.errors import ApiError


async def read_form(request: Request) -> tuple[dict[str, str], UploadFile | None]:
    form = await request.form(max_files=1, max_fields=50)
    fields = {name: text for name, text in form.multi_items() if isinstance(text, str)}
    if "file" in fields:
        raise ApiError(400, "The stand-in fetches no remote files and reads no data URIs")
    file = form.get("file")
    return fields, file if isinstance(file, UploadFile) else None


async def read_json(request: Request) -> dict[str, Any]:
    try:
        given = await request.json()
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise ApiError(400, "Invalid JSON")
    return given


def recorded_request(
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
