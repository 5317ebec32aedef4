"""Proving who one is by a password: counted, and as costly for nobody as for somebody."""

import hashlib

from kith import clock
from kith.accounts.email_address import email_key_of
from kith.accounts.entities import Caller, User
from kith.accounts.passwords import exceeds_maximum_length, verify_password
from kith.accounts.throttles import LoginAttempt, count_login, require_within_limits
from kith.accounts.tokens.signing_keys import signing_keys
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import database
from kith.errors import NotAuthenticated, Unreadable
from kith.telemetry import log


class BadCredentials(NotAuthenticated):
    """Unknown address or wrong password: nobody learns which."""

    code = "bad_credentials"
    detail = "The address or the password is wrong."


class BadPassword(Unreadable):
    """Somebody who is signed in did not know their password."""

    code = "bad_credentials"
    detail = "The password is wrong."


def authenticate(email: str, password: str, caller: Caller) -> tuple[User, LoginAttempt]:
    """The user of this address and password; the attempt is still to be forgiven.

    Raises:
        BadCredentials: no, and at the same price whether there is such a user or not.
        TooManyAttempts: the attempts are used up.
    """
    key = email_key_of(email) or _nobodys_key(email)
    at = clock.now()
    with database().writing() as work:
        by_origin = count_login(work.connection, caller, at)
        attempt = LoginAttempt(work.connection, key, caller, at)
        user = UserRepository(work.connection).find(key)
    require_within_limits(by_origin)
    attempt.require_allowed()
    if not _is_right(user, password) or user is None:
        log("login_failed")
        raise BadCredentials
    return user, attempt


def _nobodys_key(text: str) -> str:
    """For what can be no address: counted and looked up like any other, found never."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def reauthenticate(user: User, password: str, caller: Caller) -> None:
    """Raises BadPassword unless it is the password of somebody who is signed in already."""
    with database().writing() as work:
        attempt = LoginAttempt(work.connection, user.email_key, caller, clock.now())
    attempt.require_allowed()
    if not _is_right(user, password):
        log("password_proof_failed", user_id=str(user.id))
        raise BadPassword
    with database().writing() as work:
        attempt.succeeded(work.connection)


def _is_right(user: User | None, password: str) -> bool:
    if exceeds_maximum_length(password):
        password = ""  # no account has such a password; the answer costs what all answers cost
    return verify_password(password, user.password_hash if user else None, signing_keys().pepper())
