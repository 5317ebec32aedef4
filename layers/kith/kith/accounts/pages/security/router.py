"""The security page over HTTP."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from kith.accounts.pages.rendering import preferred_locale
from kith.accounts.pages.security.rendering import (
    render_security_page,
    security_page_policy,
    security_script,
)
from kith.http.application import make_router
from kith.http.openapi import html_responses

router = make_router("pages", HTMLResponse)


@router.get("/security", operation_id="show_security", responses=html_responses(200))
async def show_security(request: Request) -> Response:
    """Second factors and passkeys, for people; it acts by the API, with a script of ours."""
    locale = preferred_locale(request.headers.get("accept-language", ""))
    headers = {
        "Content-Security-Policy": security_page_policy(),
        "Content-Language": locale,
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex",
    }
    html = render_security_page(locale)
    return Response(html, headers=headers, media_type="text/html; charset=utf-8")


@router.get("/security.js", include_in_schema=False)
async def show_security_script() -> Response:
    """The script of the security page."""
    headers = {"Cache-Control": "no-cache"}
    return Response(security_script(), headers=headers, media_type="text/javascript")
