"""Login by a passkey alone: a discoverable credential, so that nobody types an address.

The passkey is two factors at once: something that the user has, and the verification of the user by
the authenticator.
"""

from kith import clock
from kith.accounts.entities import Caller
from kith.accounts.events import EventKind, record_event
from kith.accounts.factors.challenges import issue_challenge
from kith.accounts.factors.passkey_use import find_claimed_owner, use_passkey
from kith.accounts.factors.repository import ChallengePurpose
from kith.accounts.passkeys.ceremony import PasskeyRefused, parse_assertion
from kith.accounts.passkeys.schemas import PasskeyRequestOptions, request_options
from kith.accounts.schemas import TokenPair
from kith.accounts.sessions.service import sign_in
from kith.accounts.throttles import count_login, require_within_limits
from kith.accounts.tokens.signing_keys import SigningKey
from kith.database.unit_of_work import UnitOfWork
from kith.errors import NotAuthenticated
from kith.json_types import JsonObject


class BadPasskey(NotAuthenticated):
    """Unknown, forged, copied, or an answer to no challenge of ours: nobody learns which."""

    code = "bad_credentials"
    detail = "This passkey does not sign in here."


def begin_passkey_login(work: UnitOfWork, caller: Caller) -> PasskeyRequestOptions:
    """What a browser needs to ask for a passkey.

    Raises:
        TooManyAttempts: this origin has to wait.
    """
    at = clock.now()
    require_within_limits(caller, count_login(work.connection, caller, at))
    return request_options(issue_challenge(work, ChallengePurpose.USE_PASSKEY, at))


def log_in_by_passkey(
    work: UnitOfWork, credential: JsonObject, caller: Caller, key: SigningKey
) -> TokenPair | None:
    """A new session's tokens.

    Returns:
        ``None`` for a refusal: its consequences are to be committed before it is answered.

    Raises:
        TooManyAttempts: this origin has to wait.
    """
    at = clock.now()
    require_within_limits(caller, count_login(work.connection, caller, at))
    try:
        claim = parse_assertion(credential)
    except PasskeyRefused:
        return None
    user = find_claimed_owner(work, claim)
    if user is None or not user.verified_at or user.disabled_at:
        return None
    if not use_passkey(work, user, claim, caller):
        record_event(work, EventKind.WRONG_SECOND_FACTOR, user.id, caller, at)
        return None
    return sign_in(work, user, caller, key, aal=2)
