"""Login by address and password."""

from kith import clock
from kith.accounts.entities import Caller
from kith.accounts.factors.service import second_factor_methods
from kith.accounts.flows.credentials import PasswordAttempt, rehashed
from kith.accounts.flows.second_factor import challenge_login
from kith.accounts.models import User
from kith.accounts.schemas import TokenPair
from kith.accounts.sessions.service import AccountDisabled, sign_in
from kith.accounts.tokens.signing_keys import signing_keys
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import database
from kith.errors import KithError, NotAllowed


class EmailNotVerified(NotAllowed):
    """Only said after the right password."""

    code = "email_not_verified"
    detail = "Open the link in the letter that we sent you first."


def log_in_in_two_transactions(email: str, password: str, caller: Caller) -> TokenPair:
    """Login: a new session's tokens.

    The first transaction counts the attempt, the second starts the session; between them, with
    none open, the password is hashed and the signing key read.

    Raises:
        BadCredentials, TooManyAttempts, HashingBusy: see ``PasswordAttempt``.
        AccountDisabled: the password is right, an operator lets nobody in.
        EmailNotVerified: the password is right, the address is not verified yet.
        SecondFactorNeeded: the password is right, and the account has a second factor.
    """
    with database().writing() as work:
        attempt = PasswordAttempt.at_login(work, email, caller)
    user = attempt.verify_or_record_failure(password)
    renewed, key, at = rehashed(user, password), signing_keys().signing_key(), clock.now()
    with database().writing() as work:
        user = attempt.lock_user(work)
        if renewed:
            UserRepository(work.session).update_unversioned(user.id, password_hash=renewed)
        methods = [] if user.disabled_at else second_factor_methods(work.session, user.id)
        if not methods:
            attempt.forget_failures(work)
        if user.verified_at and not user.disabled_at and not methods:
            return sign_in(work, user, caller, key)
        refusal = _refusal(user)
        if methods:
            refusal = challenge_login(work, user, methods, caller, at)
    raise refusal


def _refusal(user: User) -> KithError:
    return AccountDisabled() if user.disabled_at else EmailNotVerified()
