"""Signing in with an address and a password."""

from kith import clock
from kith.accounts.entities import Caller, User
from kith.accounts.flows.credentials import BadCredentials, authenticate
from kith.accounts.passwords import hash_password, needs_rehash
from kith.accounts.schemas import TokenPair
from kith.accounts.sessions.service import start_session
from kith.accounts.throttles import LoginAttempt
from kith.accounts.tokens.signing_keys import signing_keys
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import database
from kith.errors import NotAllowed


class EmailNotVerified(NotAllowed):
    """Only said after the right password."""

    code = "email_not_verified"
    detail = "Open the link in the letter that we sent you first."


def log_in_with_password(email: str, password: str, caller: Caller) -> TokenPair:
    """A new session's tokens.

    Raises:
        BadCredentials, TooManyAttempts, TooBusy: see ``proving.by_login``.
        EmailNotVerified: the password is right, the address is not proven yet.
    """
    user, attempt = authenticate(email, password, caller)
    renewed = _renewed_hash(user, password)
    if user.verified_at is None:
        _forgive(attempt)
        raise EmailNotVerified
    signing_keys().signing_key()
    return _begin(user, renewed, attempt, caller)


def _begin(user: User, renewed: str | None, attempt: LoginAttempt, caller: Caller) -> TokenPair:
    """Between the proof and this moment the password may have been changed: then it is void."""
    at = clock.now()
    with database().writing() as work:
        users = UserRepository(work.connection)
        valid_after = users.hold_password(user.id, user.password_hash)
        if valid_after is None:
            raise BadCredentials
        if renewed:
            users.keep_hash(user.id, renewed)
        attempt.succeeded(work.connection)
        return start_session(work, user.id, caller, max(at, valid_after))


def _forgive(attempt: LoginAttempt) -> None:
    with database().writing() as work:
        attempt.succeeded(work.connection)


def _renewed_hash(user: User, password: str) -> str | None:
    """At today's cost, when the one that is kept was made at yesterday's."""
    if not needs_rehash(user.password_hash):
        return None
    return hash_password(password, signing_keys().pepper())
