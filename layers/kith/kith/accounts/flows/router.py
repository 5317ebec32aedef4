"""Sign-up, login, refresh, and the one-time tokens of letters, over HTTP."""

from typing import Annotated

from fastapi import Depends, Form
from starlette.requests import Request
from starlette.responses import Response

from kith.accounts.dependencies import (
    AccountUser,
    CurrentCaller,
    empty_response,
    limit_refreshes,
    model_response,
    user_response,
)
from kith.accounts.factors.schemas import PasskeyLogin, SecondFactorLogin
from kith.accounts.flows.email_change import (
    request_email_change_in_two_transactions,
    undo_email_change,
)
from kith.accounts.flows.email_verification import (
    request_verification_letter,
    verify_email_by_token,
)
from kith.accounts.flows.login import log_in_in_two_transactions
from kith.accounts.flows.passkey_login import (
    BadPasskey,
    begin_passkey_login,
    log_in_by_passkey,
)
from kith.accounts.flows.password_change import change_password_in_two_transactions
from kith.accounts.flows.password_reset import (
    request_password_reset,
    reset_password_in_two_transactions,
)
from kith.accounts.flows.reauthentication import prove_by_password_in_two_transactions
from kith.accounts.flows.second_factor import BadSecondFactor, complete_login, prove_by_factor
from kith.accounts.flows.signup import sign_up_in_two_transactions
from kith.accounts.passkeys.schemas import PasskeyRequestOptions
from kith.accounts.schemas import (
    Credentials,
    EmailChange,
    FreshProof,
    Mailbox,
    PasswordChange,
    PasswordReset,
    Proof,
    Refresh,
    SignUp,
    TokenPair,
    UserAnswer,
)
from kith.accounts.sessions.cookie import (
    SESSION_COOKIE,
    CookieSession,
    expired_cookie,
    token_response,
)
from kith.accounts.sessions.service import RefreshRefused, rotate_session
from kith.accounts.tokens.signing_keys import signing_keys
from kith.database.unit_of_work import database
from kith.errors import Fault, Invalid
from kith.http.application import make_router
from kith.http.openapi import error_responses
from kith.settings import settings

router = make_router("auth")
# What comes of a password that is to be checked, or made a hash of.
_GUESSES = {"too_many_attempts": 429, "busy": 503, "keys_unavailable": 503}
_NO_TOKEN = Refresh()
_ACCEPTED = "Whatever the address: if there is reason for a letter, it leaves"


@router.post(
    "/api/auth/signup",
    operation_id="sign_up",
    status_code=201,
    response_model=UserAnswer,
    responses=error_responses(
        signup_closed=403,
        invitation_needed=403,
        email_taken=409,
        email_invalid=422,
        password_not_acceptable=422,
        **_GUESSES,
    ),
)
async def sign_up(sent: SignUp, caller: CurrentCaller) -> Response:
    """Create an account; a letter asks to prove the address."""
    user = sign_up_in_two_transactions(sent, caller)
    location = f"{settings().public_base_url}/api/users/me"
    return user_response(user, 201, headers={"Location": location})


@router.post(
    "/api/auth/login",
    operation_id="log_in",
    response_model=TokenPair,
    responses=error_responses(
        bad_credentials=401,
        second_factor_needed=401,
        account_disabled=403,
        email_not_verified=403,
        origin_not_allowed=403,
        **_GUESSES,
    ),
)
async def log_in(
    credentials: Credentials, caller: CurrentCaller, in_cookie: CookieSession
) -> Response:
    """Sign in by e-mail address and password."""
    pair = log_in_in_two_transactions(credentials.email, credentials.password, caller)
    return token_response(pair, in_cookie=in_cookie)


@router.post(
    "/api/auth/login/second-factor",
    operation_id="complete_log_in",
    response_model=TokenPair,
    responses=error_responses(
        bad_credentials=401, challenge_invalid=401, origin_not_allowed=403, **_GUESSES
    ),
)
async def complete_log_in(
    sent: SecondFactorLogin, caller: CurrentCaller, in_cookie: CookieSession
) -> Response:
    """Answer the challenge of a login with a second factor."""
    key = signing_keys().signing_key()  # read while no transaction is open
    with database().writing() as work:
        pair = complete_login(work, sent, caller, key)
    if pair is None:
        raise BadSecondFactor
    return token_response(pair, in_cookie=in_cookie)


@router.post(
    "/api/auth/passkeys/login/options",
    operation_id="begin_passkey_log_in",
    response_model=PasskeyRequestOptions,
    responses=error_responses(too_many_attempts=429),
)
async def begin_passkey_log_in(caller: CurrentCaller) -> Response:
    """What a browser needs to ask for a passkey, alive for five minutes."""
    with database().writing() as work:
        options = begin_passkey_login(work, caller)
    return model_response(options)


@router.post(
    "/api/auth/passkeys/login",
    operation_id="log_in_by_passkey",
    response_model=TokenPair,
    responses=error_responses(
        bad_credentials=401,
        account_disabled=403,
        origin_not_allowed=403,
        too_many_attempts=429,
        keys_unavailable=503,
    ),
)
async def passkey_log_in(
    sent: PasskeyLogin, caller: CurrentCaller, in_cookie: CookieSession
) -> Response:
    """Sign in by a passkey, without an address or a password."""
    key = signing_keys().signing_key()  # read while no transaction is open
    with database().writing() as work:
        pair = log_in_by_passkey(work, sent.credential, caller, key)
    if pair is None:
        raise BadPasskey
    return token_response(pair, in_cookie=in_cookie)


@router.post(
    "/api/auth/token",
    operation_id="log_in_by_form",
    response_model=TokenPair,
    responses=error_responses(
        bad_credentials=401,
        second_factor_needed=401,
        account_disabled=403,
        email_not_verified=403,
        **_GUESSES,
    ),
)
async def log_in_by_form(
    username: Annotated[str, Form(max_length=320)],
    password: Annotated[str, Form(max_length=4096)],
    caller: CurrentCaller,
) -> Response:
    """The same for OAuth 2 password clients, such as *Authorize* in the documentation."""
    return model_response(log_in_in_two_transactions(username, password, caller))


@router.post(
    "/api/auth/refresh",
    operation_id="refresh_tokens",
    response_model=TokenPair,
    dependencies=[Depends(limit_refreshes)],
    responses=error_responses(
        429, refresh_token_invalid=401, origin_not_allowed=403, keys_unavailable=503
    ),
)
async def refresh_tokens(
    request: Request,
    caller: CurrentCaller,
    in_cookie: CookieSession,
    sent: Refresh = _NO_TOKEN,
) -> Response:
    """The next pair of tokens; a token that was spent long ago ends its session."""
    token = _refresh_token(request, sent, in_cookie=in_cookie)
    key = signing_keys().signing_key()  # read while no transaction is open
    with database().writing() as work:
        pair = rotate_session(work, token, caller, key)
    if pair is None:
        if in_cookie:  # it will never count again: the browser need not keep it
            request.scope["kith.headers"]["Set-Cookie"] = expired_cookie()
        raise RefreshRefused
    return token_response(pair, in_cookie=in_cookie)


def _refresh_token(request: Request, sent: Refresh, *, in_cookie: bool) -> str:
    """The token of the cookie or of the body, whichever the client says; never of both."""
    given = sent.refresh_token
    if in_cookie and given is not None:
        raise Invalid(faults=[Fault("/refresh_token", "in_cookie", "It is in the cookie.")])
    if in_cookie:
        return request.cookies.get(SESSION_COOKIE, "")
    if given is None:
        raise Invalid(faults=[Fault("/refresh_token", "missing", "Field required")])
    return given


@router.post(
    "/api/auth/proof",
    operation_id="prove_identity",
    status_code=204,
    response_class=Response,
    responses=error_responses(bad_credentials=400, second_factor_needed=401, **_GUESSES),
)
async def prove_identity(sent: FreshProof, user: AccountUser, caller: CurrentCaller) -> Response:
    """Prove once more that it is you: for ten minutes this session may use sensitive routes."""
    if sent.password is not None:
        prove_by_password_in_two_transactions(
            user.id, user.session_id, user.aal, sent.password, caller
        )
        return empty_response()
    signing_keys().pepper()  # read while no transaction is open
    with database().writing() as work:
        prove_by_factor(work, user.id, user.session_id, sent, caller)
    return empty_response()


@router.post(
    "/api/auth/verify",
    operation_id="verify_email",
    response_model=UserAnswer,
    responses=error_responses(token_invalid=400, email_taken=409),
)
async def verify_email(sent: Proof, caller: CurrentCaller) -> Response:
    """Prove an address by the token of a letter: the first one, or a new one."""
    with database().writing() as work:
        user = verify_email_by_token(work, sent.token, caller)
    return user_response(user)


@router.post(
    "/api/auth/verify/resend",
    operation_id="resend_verification",
    status_code=202,
    response_class=Response,
    response_description=_ACCEPTED,
    responses=error_responses(too_many_attempts=429),
)
async def resend_verification(sent: Mailbox, caller: CurrentCaller) -> Response:
    """Another verification letter, if this address waits for one."""
    with database().writing() as work:
        request_verification_letter(work, sent.email, caller)
    return empty_response(202)


@router.post(
    "/api/auth/password/forgot",
    operation_id="forgot_password",
    status_code=202,
    response_class=Response,
    response_description=_ACCEPTED,
    responses=error_responses(too_many_attempts=429),
)
async def forgot_password(sent: Mailbox, caller: CurrentCaller) -> Response:
    """A letter with a link to a new password, if this address has an account."""
    with database().writing() as work:
        request_password_reset(work, sent.email, caller)
    return empty_response(202)


@router.post(
    "/api/auth/password/reset",
    operation_id="reset_password",
    status_code=204,
    response_class=Response,
    responses=error_responses(
        token_invalid=400, password_not_acceptable=422, busy=503, keys_unavailable=503
    ),
)
async def reset_password(sent: PasswordReset, caller: CurrentCaller) -> Response:
    """Set a password by the token of a letter; all sessions end.

    A password that is not acceptable leaves the token as it was.
    """
    reset_password_in_two_transactions(sent.token, sent.password, caller)
    return empty_response()


@router.post(
    "/api/auth/password/change",
    operation_id="change_password",
    status_code=204,
    response_class=Response,
    responses=error_responses(429, bad_credentials=400, password_not_acceptable=422, **_GUESSES),
)
async def change_password(
    sent: PasswordChange, user: AccountUser, caller: CurrentCaller
) -> Response:
    """Set another password. The other sessions end, this one goes on."""
    change_password_in_two_transactions(user.id, user.session_id, sent, caller)
    return empty_response()


@router.post(
    "/api/auth/email/change",
    operation_id="change_email",
    status_code=202,
    response_class=Response,
    responses=error_responses(
        429, bad_credentials=400, email_invalid=422, same_address=422, **_GUESSES
    ),
)
async def change_email(sent: EmailChange, user: AccountUser, caller: CurrentCaller) -> Response:
    """Ask for another address: it counts once the letter to it is answered."""
    request_email_change_in_two_transactions(user.id, sent.email, sent.password, caller)
    return empty_response(202)


@router.post(
    "/api/auth/email/undo",
    operation_id="undo_email_change",
    response_model=UserAnswer,
    responses=error_responses(token_invalid=400, email_taken=409),
)
async def undo_change_of_email(sent: Proof, caller: CurrentCaller) -> Response:
    """Give the account back the address that it had, by the token of the letter to that address.

    All sessions end, and a letter offers a new password.
    """
    with database().writing() as work:
        user = undo_email_change(work, sent.token, caller)
    return user_response(user)
