"""Signing in with an address and a password."""

from kith import clock
from kith.accounts import passwords, proving, sessions
from kith.accounts.keys import keys
from kith.accounts.proving import BadCredentials
from kith.accounts.repository import UserRepository
from kith.accounts.schemas import TokenPair
from kith.accounts.throttles import Attempt
from kith.accounts.vocabulary import Caller, User
from kith.database.session import database
from kith.errors import NotAllowed


class EmailNotVerified(NotAllowed):
    """Only said after the right password."""

    code = "email_not_verified"
    detail = "Open the link in the letter that we sent you first."


def sign_in(email: str, password: str, caller: Caller) -> TokenPair:
    """A new session's tokens.

    Raises:
        BadCredentials, TooManyAttempts, TooBusy: see ``proving.by_login``.
        EmailNotVerified: the password is right, the address is not proven yet.
    """
    user, attempt = proving.by_login(email, password, caller)
    renewed = _renewed_hash(user, password)
    if user.verified_at is None:
        _forgive(attempt)
        raise EmailNotVerified
    keys().signing_key()
    return _begin(user, renewed, attempt, caller)


def _begin(user: User, renewed: str | None, attempt: Attempt, caller: Caller) -> TokenPair:
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
        return sessions.begin(work, user.id, caller, max(at, valid_after))


def _forgive(attempt: Attempt) -> None:
    with database().writing() as work:
        attempt.succeeded(work.connection)


def _renewed_hash(user: User, password: str) -> str | None:
    """At today's cost, when the one that is kept was made at yesterday's."""
    if not passwords.is_outdated(user.password_hash):
        return None
    return passwords.make_hash(password, keys().pepper())
