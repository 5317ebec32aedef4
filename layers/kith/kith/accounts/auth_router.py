"""Signing up, signing in, refreshing, and the letters' tokens, over HTTP."""

from typing import Annotated, Any

from fastapi import Form
from starlette.responses import Response

from kith.accounts import changing, sessions, signing_in, signing_up, verifying
from kith.accounts.calling import CalledBy, answer, nothing
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
from kith.http.application import make_router
from kith.http.documented import refusals
from kith.http.identity import Who
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
    responses=refusals(409, 422, 429, 503),
)
async def sign_up(wish: SignUp, caller: CalledBy) -> Response:
    """Create an account; a letter asks to prove the address."""
    user = signing_up.sign_up(wish, caller)
    made = UserAnswer.of(user)
    where = f"{settings().public_base_url}/api/users/me"
    return answer(made, 201, headers={"Location": where, "ETag": made.etag})


@router.post(
    "/api/auth/login",
    operation_id="log_in",
    response_model=TokenPair,
    responses=refusals(401, 403, 422, 429, 503),
)
async def log_in(credentials: Credentials, caller: CalledBy) -> Response:
    """Sign in by e-mail address and password."""
    return answer(signing_in.sign_in(credentials.email, credentials.password, caller))


@router.post(
    "/api/auth/token",
    operation_id="log_in_by_form",
    response_model=TokenPair,
    responses=refusals(401, 403, 422, 429, 503),
)
async def log_in_by_form(
    username: Annotated[str, Form(max_length=320)],
    password: Annotated[str, Form(max_length=4096)],
    caller: CalledBy,
) -> Response:
    """The same for OAuth 2 password clients, such as *Authorize* in the documentation."""
    return answer(signing_in.sign_in(username, password, caller))


@router.post(
    "/api/auth/refresh",
    operation_id="refresh_tokens",
    response_model=TokenPair,
    responses=refusals(401, 422, 503),
)
async def refresh(wish: Refresh, caller: CalledBy) -> Response:
    """The next pair of tokens; a token that was spent long ago ends its session."""
    return answer(sessions.refresh(wish.refresh_token, caller))


@router.post(
    "/api/auth/verify",
    operation_id="verify_email",
    response_model=UserAnswer,
    responses=refusals(400, 409, 422),
)
async def verify(proof: Proof) -> Response:
    """Prove an address by the token of a letter: the first one, or a new one."""
    user = UserAnswer.of(verifying.verify(proof.token))
    return answer(user, headers={"ETag": user.etag})


@router.post(
    "/api/auth/verify/resend",
    operation_id="resend_verification",
    status_code=202,
    response_class=Response,
    responses=_ACCEPTED | refusals(422, 429),
)
async def resend(mailbox: Mailbox, caller: CalledBy) -> Response:
    """Another verification letter, if this address waits for one."""
    verifying.resend(mailbox.email, caller)
    return nothing(202)


@router.post(
    "/api/auth/password/forgot",
    operation_id="forgot_password",
    status_code=202,
    response_class=Response,
    responses=_ACCEPTED | refusals(422, 429),
)
async def forgot(mailbox: Mailbox, caller: CalledBy) -> Response:
    """A letter with a link to a new password, if this address has an account."""
    verifying.forgot(mailbox.email, caller)
    return nothing(202)


@router.post(
    "/api/auth/password/reset",
    operation_id="reset_password",
    status_code=204,
    response_class=Response,
    responses=refusals(400, 422, 503),
)
async def reset(wish: PasswordReset) -> Response:
    """Set a password by the token of a letter; all sessions end.

    A password that is not acceptable leaves the token as it was.
    """
    changing.reset_password(wish.token, wish.password)
    return nothing()


@router.post(
    "/api/auth/password/change",
    operation_id="change_password",
    status_code=204,
    response_class=Response,
    responses=refusals(400, 401, 422, 429, 503),
)
async def change_password(wish: PasswordChange, who: Who, caller: CalledBy) -> Response:
    """Set another password. The other sessions end, this one goes on."""
    changing.change_password(who.id, who.session_id, wish.current_password, wish.password, caller)
    return nothing()


@router.post(
    "/api/auth/email/change",
    operation_id="change_email",
    status_code=202,
    response_class=Response,
    responses=refusals(400, 401, 422, 429, 503),
)
async def change_email(wish: EmailChange, who: Who, caller: CalledBy) -> Response:
    """Ask for another address: it counts once the letter to it is answered."""
    changing.change_address(who.id, wish.email, wish.password, caller)
    return nothing(202)
