"""Personal access tokens over HTTP: made, listed and revoked by their user."""

from uuid import UUID

from starlette.responses import Response

from kith.accounts.dependencies import (
    AccountUser,
    CurrentCaller,
    FreshUser,
    empty_response,
    model_response,
)
from kith.accounts.personal_tokens.schemas import (
    NewPersonalToken,
    PersonalTokenAnswer,
    PersonalTokenCreate,
    PersonalTokenList,
)
from kith.accounts.personal_tokens.service import (
    create_personal_token,
    list_personal_tokens,
    revoke_personal_token,
)
from kith.database.unit_of_work import database
from kith.http.application import make_router
from kith.http.openapi import error_responses

router = make_router("tokens")


@router.post(
    "/api/users/me/tokens",
    operation_id="create_personal_token",
    status_code=201,
    response_model=NewPersonalToken,
    responses=error_responses(too_many_tokens=409),
)
async def create_token_for_program(
    sent: PersonalTokenCreate, user: FreshUser, caller: CurrentCaller
) -> Response:
    """Make a key for a program. It is shown this once; at most twenty at a time.

    Asks for a proof of the last ten minutes.
    """
    with database().writing() as work:
        token, secret = create_personal_token(work, user.id, user.session_id, sent, caller)
    return model_response(NewPersonalToken.with_secret(token, secret), 201)


@router.get(
    "/api/users/me/tokens",
    operation_id="list_personal_tokens",
    response_model=PersonalTokenList,
)
async def list_tokens_for_programs(user: AccountUser) -> Response:
    """The keys for programs, without their secrets, the newest first."""
    with database().loading() as session:
        tokens = list_personal_tokens(session, user.id)
    items = [PersonalTokenAnswer.of(token) for token in tokens]
    return model_response(PersonalTokenList(items=items))


@router.delete(
    "/api/users/me/tokens/{token_id}",
    operation_id="revoke_personal_token",
    status_code=204,
    response_class=Response,
    responses=error_responses(token_not_found=404),
)
async def revoke_token_of_program(
    token_id: UUID, user: AccountUser, caller: CurrentCaller
) -> Response:
    """Revoke a key: it counts no more from now on."""
    with database().writing() as work:
        revoke_personal_token(work, user.id, token_id, caller)
    return empty_response()
