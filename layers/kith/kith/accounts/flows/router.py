"""Signing up, signing in, refreshing, and the letters' tokens, over HTTP."""

from typing import Annotated, Any

from fastapi import Form
from starlette.responses import Response

from kith.accounts.dependencies import CurrentCaller, empty_response, model_response
from kith.accounts.flows.email_verification import (
    confirm_email,
    request_password_reset,
    request_verification_letter,
)
from kith.accounts.flows.login import log_in_with_password
from kith.accounts.flows.password_reset import (
    replace_password,
    request_email_change,
    set_password_by_token,
)
from kith.accounts.flows.signup import register_account
from kith.accounts.schemas import (
    Credentials,
    EmailChange,
    Mailbox,
    PasswordChange,
    PasswordReset,
    Proof,
    Refresh,
    SignUp,
    TokenPair,
    UserAnswer,
)
from kith.accounts.sessions.service import rotate_session
from kith.http.application import make_router
from kith.http.authentication import CurrentUser
from kith.http.openapi import error_responses
from kith.settings import settings

router = make_router("auth")
_ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {"description": "Whatever the address: if there is reason for a letter, it leaves"}
}


@router.post(
    "/api/auth/signup",
    operation_id="sign_up",
    status_code=201,
    response_model=UserAnswer,
    responses=error_responses(409, 422, 429, 503),
)
async def sign_up(wish: SignUp, caller: CurrentCaller) -> Response:
    """Create an account; a letter asks to prove the address."""
    user = register_account(wish, caller)
    made = UserAnswer.of(user)
    where = f"{settings().public_base_url}/api/users/me"
    return model_response(made, 201, headers={"Location": where, "ETag": made.etag})


@router.post(
    "/api/auth/login",
    operation_id="log_in",
    response_model=TokenPair,
    responses=error_responses(401, 403, 422, 429, 503),
)
async def log_in(credentials: Credentials, caller: CurrentCaller) -> Response:
    """Sign in by e-mail address and password."""
    return model_response(log_in_with_password(credentials.email, credentials.password, caller))


@router.post(
    "/api/auth/token",
    operation_id="log_in_by_form",
    response_model=TokenPair,
    responses=error_responses(401, 403, 422, 429, 503),
)
async def log_in_by_form(
    username: Annotated[str, Form(max_length=320)],
    password: Annotated[str, Form(max_length=4096)],
    caller: CurrentCaller,
) -> Response:
    """The same for OAuth 2 password clients, such as *Authorize* in the documentation."""
    return model_response(log_in_with_password(username, password, caller))


@router.post(
    "/api/auth/refresh",
    operation_id="refresh_tokens",
    response_model=TokenPair,
    responses=error_responses(401, 422, 503),
)
async def refresh_tokens(wish: Refresh, caller: CurrentCaller) -> Response:
    """The next pair of tokens; a token that was spent long ago ends its session."""
    return model_response(rotate_session(wish.refresh_token, caller))


@router.post(
    "/api/auth/verify",
    operation_id="verify_email",
    response_model=UserAnswer,
    responses=error_responses(400, 409, 422),
)
async def verify_email(proof: Proof) -> Response:
    """Prove an address by the token of a letter: the first one, or a new one."""
    user = UserAnswer.of(confirm_email(proof.token))
    return model_response(user, headers={"ETag": user.etag})


@router.post(
    "/api/auth/verify/resend",
    operation_id="resend_verification",
    status_code=202,
    response_class=Response,
    responses=_ACCEPTED | error_responses(422, 429),
)
async def resend_verification(mailbox: Mailbox, caller: CurrentCaller) -> Response:
    """Another verification letter, if this address waits for one."""
    request_verification_letter(mailbox.email, caller)
    return empty_response(202)


@router.post(
    "/api/auth/password/forgot",
    operation_id="forgot_password",
    status_code=202,
    response_class=Response,
    responses=_ACCEPTED | error_responses(422, 429),
)
async def forgot_password(mailbox: Mailbox, caller: CurrentCaller) -> Response:
    """A letter with a link to a new password, if this address has an account."""
    request_password_reset(mailbox.email, caller)
    return empty_response(202)


@router.post(
    "/api/auth/password/reset",
    operation_id="reset_password",
    status_code=204,
    response_class=Response,
    responses=error_responses(400, 422, 503),
)
async def reset_password(wish: PasswordReset) -> Response:
    """Set a password by the token of a letter; all sessions end.

    A password that is not acceptable leaves the token as it was.
    """
    set_password_by_token(wish.token, wish.password)
    return empty_response()


@router.post(
    "/api/auth/password/change",
    operation_id="change_password",
    status_code=204,
    response_class=Response,
    responses=error_responses(400, 401, 422, 429, 503),
)
async def change_password(
    wish: PasswordChange, who: CurrentUser, caller: CurrentCaller
) -> Response:
    """Set another password. The other sessions end, this one goes on."""
    replace_password(who.id, who.session_id, wish.current_password, wish.password, caller)
    return empty_response()


@router.post(
    "/api/auth/email/change",
    operation_id="change_email",
    status_code=202,
    response_class=Response,
    responses=error_responses(400, 401, 422, 429, 503),
)
async def change_email(wish: EmailChange, who: CurrentUser, caller: CurrentCaller) -> Response:
    """Ask for another address: it counts once the letter to it is answered."""
    request_email_change(who.id, wish.email, wish.password, caller)
    return empty_response(202)
