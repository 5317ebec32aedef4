"""The document itself, and the two pages that show it, with every asset served from here."""

import gzip
from functools import cache
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from kith.errors import NotFound
from kith.http.application import make_router

router = make_router("reference")

_PAGES: Final = Path(__file__).parent / "pages"
_KINDS: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".png": "image/png",
}
# Swagger UI and ReDoc set styles from their scripts; ReDoc searches in a worker made of a blob.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: https:; font-src 'self' data:; connect-src 'self'; "
    "worker-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_A_DAY: Final = "public, max-age=86400"


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> Response:
    """The OpenAPI 3.1 document of the whole API."""
    from kith.reference.document import document

    return _packed(request, document(), "application/json", "public, max-age=60")


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
    return _packed(request, found.read_bytes(), _KINDS[found.suffix], _A_DAY)


def _page(name: str) -> Response:
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "public, max-age=300"}
    content = (_PAGES / name).read_bytes()
    return Response(content, media_type="text/html; charset=utf-8", headers=headers)


def _packed(request: Request, content: bytes, kind: str, caching: str) -> Response:
    headers = {"Cache-Control": caching, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        content = gzip.compress(content, 6, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(content, media_type=kind, headers=headers)


@cache
def _assets() -> dict[str, Path]:
    """What may be asked for: our few files, and the two viewers as their package carries them."""
    import importlib.util

    package = importlib.util.find_spec("fastapi_offline")
    assert package is not None  # noqa: S101 - it is locked with the layer
    assert package.origin is not None  # noqa: S101 - as above
    viewers = Path(package.origin).parent / "static"
    files = [*viewers.iterdir(), *_PAGES.iterdir()]
    return {each.name: each for each in files if each.suffix in _KINDS}
