"""OpenAPI document, Swagger UI and ReDoc over HTTP, every asset served from here."""

from functools import cache
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from kith.errors import NotFound
from kith.http.application import make_router
from kith.http.content_encoding import accepts_gzip, compress

router = make_router("reference")

_PAGES: Final = Path(__file__).parent / "pages"
_MEDIA_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".png": "image/png",
}
# Swagger UI and ReDoc set styles from their scripts; ReDoc searches in a worker made of a blob.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
    "worker-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# ReDoc shows its maker's logo from a server of theirs; nobody learns here who reads our pages.
FOREIGN_LOGO: Final = b"https://cdn.redoc.ly/redoc/logo-mini.svg"
_CACHE_A_DAY: Final = "public, max-age=86400"


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> Response:
    """The OpenAPI 3.1 document of the whole API."""
    from kith.reference.document import document

    return _compressed(request, document(), "application/json", "public, max-age=60")


@router.get("/docs", include_in_schema=False)
async def docs() -> Response:
    """Swagger UI."""
    return _page("docs.html")


@router.get("/redoc", include_in_schema=False)
async def redoc() -> Response:
    """ReDoc."""
    return _page("redoc.html")


@router.get("/docs/{asset}", include_in_schema=False)
async def asset(request: Request, asset: str) -> Response:
    """A script, a style sheet or the icon of the two pages."""
    found = _assets().get(asset)
    if found is None:
        raise NotFound
    content = found.read_bytes().replace(FOREIGN_LOGO, b"data:,")
    return _compressed(request, content, _MEDIA_TYPES[found.suffix], _CACHE_A_DAY)


def _page(name: str) -> Response:
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "public, max-age=300"}
    content = (_PAGES / name).read_bytes()
    return Response(content, media_type="text/html; charset=utf-8", headers=headers)


def _compressed(request: Request, content: bytes, media_type: str, cache_control: str) -> Response:
    headers = {"Cache-Control": cache_control, "Vary": "Accept-Encoding"}
    if accepts_gzip(request.headers.get("accept-encoding", "")):
        content = compress(content)
        headers["Content-Encoding"] = "gzip"
    return Response(content, media_type=media_type, headers=headers)


@cache
def _assets() -> dict[str, Path]:
    """The files that may be requested, by name: ours, and those of the two viewers."""
    import importlib.util

    package = importlib.util.find_spec("fastapi_offline")
    assert package is not None  # noqa: S101 - it is locked with the layer
    assert package.origin is not None  # noqa: S101 - as above
    viewers = Path(package.origin).parent / "static"
    files = [*viewers.iterdir(), *_PAGES.iterdir()]
    return {file.name: file for file in files if file.suffix in _MEDIA_TYPES}
