"""Proving who one is by a password: counted, and as costly for nobody as for somebody."""

import hashlib

from kith import clock
from kith.accounts import addresses, passwords, throttles
from kith.accounts.keys import keys
from kith.accounts.repository import UserRepository
from kith.accounts.throttles import Attempt
from kith.accounts.vocabulary import Caller, User
from kith.database.session import database
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


def by_login(email: str, password: str, caller: Caller) -> tuple[User, Attempt]:
    """The user of this address and password; the attempt is still to be forgiven.

    Raises:
        BadCredentials: no, and at the same price whether there is such a user or not.
        TooManyAttempts: the attempts are used up.
    """
    key = addresses.key_of(email) or _nobodys_key(email)
    at = clock.now()
    with database().writing() as work:
        by_origin = throttles.count_login(work.connection, caller, at)
        attempt = Attempt(work.connection, key, caller, at)
        user = UserRepository(work.connection).find(key)
    throttles.require(by_origin)
    attempt.require_allowed()
    if not _is_right(user, password) or user is None:
        log("login_failed")
        raise BadCredentials
    return user, attempt


def _nobodys_key(text: str) -> str:
    """For what can be no address: counted and looked up like any other, found never."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def again(user: User, password: str, caller: Caller) -> None:
    """Raises BadPassword unless it is the password of somebody who is signed in already."""
    with database().writing() as work:
        attempt = Attempt(work.connection, user.email_key, caller, clock.now())
    attempt.require_allowed()
    if not _is_right(user, password):
        log("password_proof_failed", user_id=str(user.id))
        raise BadPassword
    with database().writing() as work:
        attempt.succeeded(work.connection)


def _is_right(user: User | None, password: str) -> bool:
    if passwords.is_too_long(password):
        password = ""  # no account has such a password; the answer costs what all answers cost
    return passwords.matches(password, user.password_hash if user else None, keys().pepper())
