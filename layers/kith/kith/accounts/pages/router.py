"""The letters' pages over HTTP."""

from typing import Annotated

from fastapi import Depends, Form, Path, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from kith.accounts.dependencies import CurrentCaller
from kith.accounts.flows.email_change import preview_undo, undo_email_change
from kith.accounts.flows.email_verification import preview_verification, verify_email_by_token
from kith.accounts.flows.factor_undo import find_factor_undo, undo_factor
from kith.accounts.flows.password_reset import (
    find_reset_user,
    reset_password_in_two_transactions,
)
from kith.accounts.flows.unsubscribe import (
    UnsubscribeLinkUnknown,
    find_unsubscribe_user,
    unsubscribe,
)
from kith.accounts.pages.rendering import (
    busy_text,
    content_security_policy,
    password_refusal_text,
    preferred_locale,
    render_page,
)
from kith.accounts.passwords.hashing import HashingBusy
from kith.accounts.passwords.policy import PasswordNotAcceptable
from kith.accounts.tokens.one_time import TokenInvalid
from kith.accounts.user_repository import EmailTaken
from kith.database.unit_of_work import database
from kith.http.application import make_router
from kith.http.openapi import html_responses as pages

router = make_router("pages", HTMLResponse)


def _language(request: Request) -> str:
    return preferred_locale(request.headers.get("accept-language", ""))


Language = Annotated[str, Depends(_language)]
TokenInLink = Annotated[str, Query(alias="token", max_length=200)]
# The tokens of our links have no other characters.
TokenInPath = Annotated[
    str, Path(json_schema_extra={"pattern": "^[A-Za-z0-9_.~-]+$"}, examples=["pX1u0m4dC9"])
]
TokenInForm = Annotated[str, Form(alias="token", max_length=200)]
Password = Annotated[str, Form(alias="password", max_length=4096)]


@router.get("/verify-email", operation_id="show_verification", responses=pages(200, 400))
async def show_verification(language: Language, token: TokenInLink = "") -> Response:
    """Asks whether to confirm an address; using the token up takes the form."""
    try:
        with database().loading() as session:
            user, address = preview_verification(session, token)
    except TokenInvalid:
        return _page("gone", language, 400)
    return _page(
        "verify", user.locale, form="confirm", action="/verify-email", token=token, address=address
    )


@router.post("/verify-email", operation_id="submit_verification", responses=pages(200, 400, 409))
async def submit_verification(
    language: Language, caller: CurrentCaller, token: TokenInForm = ""
) -> Response:
    """Confirms the address."""
    try:
        with database().writing() as work:
            user = verify_email_by_token(work, token, caller)
    except TokenInvalid:
        return _page("gone", language, 400)
    except EmailTaken:
        return _page("taken", language, 409)
    return _page("verified", user.locale, address=user.email)


@router.get("/reset-password", operation_id="show_reset", responses=pages(200, 400))
async def show_reset(language: Language, token: TokenInLink = "") -> Response:
    """Asks for a new password."""
    try:
        with database().loading() as session:
            user = find_reset_user(session, token)
    except TokenInvalid:
        return _page("gone", language, 400)
    return _reset_form(token, user.email, user.locale)


@router.post("/reset-password", operation_id="submit_reset", responses=pages(200, 400, 422, 503))
async def submit_reset(
    language: Language, caller: CurrentCaller, token: TokenInForm = "", password: Password = ""
) -> Response:
    """Sets the new password; a weak one is refused and leaves the token as it was."""
    try:
        with database().loading() as session:
            user = find_reset_user(session, token)
        reset_password_in_two_transactions(token, password, caller)
    except TokenInvalid:
        return _page("gone", language, 400)
    except PasswordNotAcceptable as error:
        fault = password_refusal_text(error.reason, user.locale)
        return _reset_form(token, user.email, user.locale, 422, fault=fault)
    except HashingBusy:
        return _reset_form(token, user.email, user.locale, 503, fault=busy_text(user.locale))
    return _page("changed", user.locale)


@router.get("/undo-email-change", operation_id="show_email_undo", responses=pages(200, 400))
async def show_email_undo(language: Language, token: TokenInLink = "") -> Response:
    """Asks whether the account shall have its old address again."""
    try:
        with database().loading() as session:
            user, address = preview_undo(session, token)
    except TokenInvalid:
        return _page("gone", language, 400)
    action = "/undo-email-change"
    return _page("undo", user.locale, form="confirm", action=action, token=token, address=address)


@router.post("/undo-email-change", operation_id="submit_email_undo", responses=pages(200, 400, 409))
async def submit_email_undo(
    language: Language, caller: CurrentCaller, token: TokenInForm = ""
) -> Response:
    """Gives the account its old address back, and ends all sessions."""
    try:
        with database().writing() as work:
            user = undo_email_change(work, token, caller)
    except TokenInvalid:
        return _page("gone", language, 400)
    except EmailTaken:
        return _page("taken", language, 409)
    return _page("undone", user.locale, address=user.email)


@router.get("/undo-factor", operation_id="show_factor_undo", responses=pages(200, 400))
async def show_factor_undo(language: Language, token: TokenInLink = "") -> Response:
    """Asks whether to remove a factor that was added."""
    try:
        with database().loading() as session:
            _, user = find_factor_undo(session, token)
    except TokenInvalid:
        return _page("gone", language, 400)
    address, action = user.email, "/undo-factor"
    return _page(
        "undo_factor", user.locale, form="confirm", action=action, token=token, address=address
    )


@router.post("/undo-factor", operation_id="submit_factor_undo", responses=pages(200, 400))
async def submit_factor_undo(
    language: Language, caller: CurrentCaller, token: TokenInForm = ""
) -> Response:
    """Removes the factor, and ends all sessions."""
    try:
        with database().writing() as work:
            user = undo_factor(work, token, caller)
    except TokenInvalid:
        return _page("gone", language, 400)
    return _page("factor_undone", user.locale)


@router.get("/unsubscribe/{token}", operation_id="show_unsubscription", responses=pages(200, 404))
async def show_unsubscription(token: TokenInPath, language: Language) -> Response:
    """Asks whether to stop the reminders."""
    try:
        with database().loading() as session:
            user = find_unsubscribe_user(session, token)
    except UnsubscribeLinkUnknown:
        return _page("unknown", language, 404)
    action = f"/unsubscribe/{token}"
    return _page("unsubscribe", user.locale, form="confirm", action=action)


@router.post(
    "/unsubscribe/{token}", operation_id="submit_unsubscription", responses=pages(200, 404)
)
async def submit_unsubscription(token: TokenInPath, language: Language) -> Response:
    """Stops the reminders; mail programs post here themselves (RFC 8058)."""
    try:
        with database().writing() as work:
            user = unsubscribe(work, token)
    except UnsubscribeLinkUnknown:
        return _page("unknown", language, 404)
    return _page("unsubscribed", user.locale)


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
        "Content-Security-Policy": content_security_policy(),
        "Content-Language": locale,
        "X-Robots-Tag": "noindex",
    }
    html = render_page(page, locale, **facts)
    return Response(html, status, headers=headers, media_type="text/html; charset=utf-8")
