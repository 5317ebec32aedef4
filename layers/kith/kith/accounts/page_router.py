"""The letters' pages over HTTP."""

from typing import Annotated, Any

from fastapi import Depends, Form, Query
from starlette.requests import Request
from starlette.responses import Response

from kith.accounts import changing, pages, unsubscribing, verifying
from kith.accounts.one_time import TokenInvalid
from kith.accounts.passwords import PasswordNotAcceptable, TooBusy
from kith.accounts.signing_up import EmailTaken
from kith.accounts.unsubscribing import LinkUnknown
from kith.http.application import make_router

router = make_router("pages")


def _language(request: Request) -> str:
    return pages.preferred(request.headers.get("accept-language", ""))


Language = Annotated[str, Depends(_language)]
TokenInLink = Annotated[str, Query(alias="token", max_length=200)]
TokenInForm = Annotated[str, Form(alias="token", max_length=200)]
Password = Annotated[str, Form(alias="password", max_length=4096)]
_HTML: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {}}}}


@router.get("/verify-email", operation_id="show_verification", responses=_HTML)
async def show_verification(language: Language, token: TokenInLink = "") -> Response:
    """Asks whether to confirm an address; using the token up takes the form."""
    try:
        user, address = verifying.look(token)
    except TokenInvalid:
        return _page("gone", language, 400)
    return _page(
        "verify", user.locale, form="confirm", action="/verify-email", token=token, address=address
    )


@router.post("/verify-email", operation_id="submit_verification", responses=_HTML)
async def submit_verification(language: Language, token: TokenInForm = "") -> Response:
    """Confirms the address."""
    try:
        user = verifying.verify(token)
    except TokenInvalid:
        return _page("gone", language, 400)
    except EmailTaken:
        return _page("taken", language, 409)
    return _page("verified", user.locale, address=user.email)


@router.get("/reset-password", operation_id="show_reset", responses=_HTML)
async def show_reset(language: Language, token: TokenInLink = "") -> Response:
    """Asks for a new password."""
    try:
        user = changing.user_of_reset(token)
    except TokenInvalid:
        return _page("gone", language, 400)
    return _reset_form(token, user.email, user.locale)


@router.post("/reset-password", operation_id="submit_reset", responses=_HTML)
async def submit_reset(
    language: Language, token: TokenInForm = "", password: Password = ""
) -> Response:
    """Sets the new password; a weak one is refused and leaves the token as it was."""
    try:
        user = changing.user_of_reset(token)
        changing.reset_password(token, password)
    except TokenInvalid:
        return _page("gone", language, 400)
    except PasswordNotAcceptable as why:
        fault = pages.fault(why.reason, user.locale)
        return _reset_form(token, user.email, user.locale, 422, fault=fault)
    except TooBusy:
        return _reset_form(token, user.email, user.locale, 503, fault=pages.busy(user.locale))
    return _page("changed", user.locale)


@router.get("/unsubscribe/{token}", operation_id="show_unsubscription", responses=_HTML)
async def show_unsubscription(token: str, language: Language) -> Response:
    """Asks whether to stop the reminders."""
    try:
        user = unsubscribing.owner(token)
    except LinkUnknown:
        return _page("unknown", language, 404)
    action = f"/unsubscribe/{token}"
    return _page("unsubscribe", user.locale, form="confirm", action=action, address=user.email)


@router.post("/unsubscribe/{token}", operation_id="submit_unsubscription", responses=_HTML)
async def submit_unsubscription(token: str, language: Language) -> Response:
    """Stops the reminders; mail programs post here themselves (RFC 8058)."""
    try:
        user = unsubscribing.unsubscribe(token)
    except LinkUnknown:
        return _page("unknown", language, 404)
    return _page("unsubscribed", user.locale, address=user.email)


def _reset_form(
    token: str, address: str, locale: str, status: int = 200, *, fault: str = ""
) -> Response:
    facts = {"form": "password", "action": "/reset-password", "token": token}
    page = _page("reset", locale, status, address=address, fault=fault, **facts)
    if status == 503:
        page.headers["Retry-After"] = "2"
    return page


def _page(page: str, locale: str, status: int = 200, **facts: str) -> Response:
    headers = {
        "Content-Security-Policy": pages.policy(),
        "Content-Language": locale,
        "X-Robots-Tag": "noindex",
    }
    html = pages.show(page, locale, **facts)
    return Response(html, status, headers=headers, media_type="text/html; charset=utf-8")
