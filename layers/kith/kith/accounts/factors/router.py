"""One's own second factors over HTTP: every route asks for a recent proof."""

from uuid import UUID

from starlette.responses import Response

from kith.accounts.dependencies import (
    CurrentCaller,
    FreshUser,
    empty_response,
    model_response,
)
from kith.accounts.factors.passkey_registration import (
    PasskeyInvalid,
    begin_registration,
    complete_registration,
)
from kith.accounts.factors.schemas import (
    FactorAnswer,
    FactorList,
    PasskeyRegistration,
    RecoveryCodeList,
    TotpConfirmation,
    TotpSetup,
)
from kith.accounts.factors.service import (
    begin_totp,
    confirm_totp,
    list_factors,
    make_recovery_codes,
    remove_factor,
)
from kith.accounts.passkeys.schemas import PasskeyCreationOptions
from kith.accounts.tokens.signing_keys import signing_keys
from kith.database.unit_of_work import database
from kith.http.application import make_router
from kith.http.openapi import error_responses

router = make_router("factors")


@router.get(
    "/api/users/me/factors",
    operation_id="list_factors",
    response_model=FactorList,
)
async def list_my_factors(user: FreshUser) -> Response:
    """The second factors of the account, and how many recovery codes are left."""
    with database().loading() as session:
        return model_response(list_factors(session, user.id))


@router.post(
    "/api/users/me/factors/totp",
    operation_id="begin_totp",
    status_code=201,
    response_model=TotpSetup,
    responses=error_responses(factor_exists=409, keys_unavailable=503),
)
async def add_totp(user: FreshUser) -> Response:
    """A seed for an authenticator app; it counts once a code of it is confirmed."""
    signing_keys().pepper()  # read while no transaction is open
    with database().writing() as work:
        setup = begin_totp(work, user.id)
    return model_response(setup, 201)


@router.post(
    "/api/users/me/factors/totp/confirm",
    operation_id="confirm_totp",
    response_model=FactorAnswer,
    responses=error_responses(
        bad_credentials=400,
        factor_exists=409,
        no_totp_pending=409,
        too_many_attempts=429,
        keys_unavailable=503,
    ),
)
async def confirm_my_totp(
    sent: TotpConfirmation, user: FreshUser, caller: CurrentCaller
) -> Response:
    """A code of the app: from now on a login asks for one."""
    signing_keys().pepper()  # as above
    with database().writing() as work:
        factor = confirm_totp(work, user.id, user.session_id, sent.code, caller)
    return model_response(factor)


@router.post(
    "/api/users/me/factors/passkeys/options",
    operation_id="begin_passkey",
    response_model=PasskeyCreationOptions,
    responses=error_responses(too_many_passkeys=409),
)
async def begin_passkey(user: FreshUser) -> Response:
    """What a browser needs to make a passkey, alive for five minutes."""
    with database().writing() as work:
        options = begin_registration(work, user.id)
    return model_response(options)


@router.post(
    "/api/users/me/factors/passkeys",
    operation_id="add_passkey",
    status_code=201,
    response_model=FactorAnswer,
    responses=error_responses(passkey_invalid=400, passkey_exists=409, too_many_passkeys=409),
)
async def add_passkey(
    sent: PasskeyRegistration, user: FreshUser, caller: CurrentCaller
) -> Response:
    """Keep a passkey: it signs in by itself, and is a second factor beside the password."""
    with database().writing() as work:
        factor = complete_registration(work, user.id, user.session_id, sent, caller)
    if factor is None:
        raise PasskeyInvalid
    return model_response(factor, 201)


@router.post(
    "/api/users/me/factors/recovery-codes",
    operation_id="make_recovery_codes",
    status_code=201,
    response_model=RecoveryCodeList,
)
async def make_my_recovery_codes(user: FreshUser, caller: CurrentCaller) -> Response:
    """Ten new recovery codes, shown this once; the ones before do not count any more."""
    with database().writing() as work:
        codes = make_recovery_codes(work, user.id, caller)
    return model_response(RecoveryCodeList(codes=codes), 201)


@router.delete(
    "/api/users/me/factors/{factor_id}",
    operation_id="remove_factor",
    status_code=204,
    response_class=Response,
    responses=error_responses(factor_not_found=404),
)
async def remove_my_factor(factor_id: UUID, user: FreshUser, caller: CurrentCaller) -> Response:
    """Remove one factor; the others stay, and a letter says so."""
    with database().writing() as work:
        remove_factor(work, user.id, factor_id, caller)
    return empty_response()
