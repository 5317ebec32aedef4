"""Delivery URLs: a stored picture after its transformations, with the headers of a CDN."""

from starlette.responses import Response

from infra.local.cloudinary import transformations
from infra.local.cloudinary.shelf import Picture, Shelf, hexdigest
from infra.local.cloudinary.transformations import FORMATS, MEDIA_TYPES


def deliver(shelf: Shelf, path: str, accept: str) -> Response:
    """The picture at ``<transformations>/<version>/<public id>.<format>``.

    Raises:
        TransformationError: the transformations are none that are known.
    """
    *segments, last = path.split("/")
    steps = []
    while segments and transformations.is_step(segments[0]):
        steps.append(transformations.read(segments.pop(0)))
    if segments and segments[0][:1] == "v" and segments[0][1:].isdigit():
        segments.pop(0)
    name, _, extension = last.rpartition(".")
    if not name:
        name, extension = last, ""
    public_id = "/".join([*segments, name])
    found = shelf.get(public_id)
    if found is None or extension not in {"", *FORMATS}:
        return undelivered(404, f"Resource not found - {public_id}")
    picture, content = found
    kind = _wanted_kind(picture, extension, steps, accept)
    if steps or kind != FORMATS[picture.format]:
        content, kind = transformations.applied(content, steps, kind)
    return Response(content, headers=_delivery_headers(content, kind))


def undelivered(status: int, message: str) -> Response:
    return Response(status_code=status, headers={"X-Cld-Error": message.encode().decode("latin-1")})


def _wanted_kind(picture: Picture, extension: str, steps: list[dict[str, str]], accept: str) -> str:
    automatic = any(step.get("f") == "auto" for step in steps)
    if automatic and "image/webp" in accept:
        return "WEBP"
    return FORMATS[extension or picture.format]


def _delivery_headers(content: bytes, kind: str) -> dict[str, str]:
    return {
        "Content-Type": MEDIA_TYPES[kind],
        "Cache-Control": "public, no-transform, immutable, max-age=2592000",
        "ETag": f'"{hexdigest(content)}"',
        "Access-Control-Allow-Origin": "*",
        "X-Content-Type-Options": "nosniff",
    }
