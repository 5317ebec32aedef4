"""Authentication by a password: counted, and as costly for nobody as for somebody.

In three steps, so that the count survives a refusal and no transaction is open while a password is
hashed: count the attempt in one unit of work, verify it, and confirm it in the unit of work that
makes use of it.
"""

import hashlib
from dataclasses import dataclass

from kith import clock
from kith.accounts.email_address import email_key_of
from kith.accounts.entities import Caller
from kith.accounts.models import User
from kith.accounts.passwords.hashing import (
    exceeds_maximum_length,
    hash_password,
    needs_rehash,
    verify_password,
)
from kith.accounts.throttles import LoginAttempt, count_login, require_within_limits
from kith.accounts.tokens.signing_keys import signing_keys
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import UnitOfWork
from kith.errors import KithError, NotAuthenticated, Unreadable
from kith.limits.windows import Verdict
from kith.telemetry import log


class BadCredentials(NotAuthenticated):
    """Unknown address or wrong password: nobody learns which."""

    code = "bad_credentials"
    detail = "The address or the password is wrong."


class BadPassword(Unreadable):
    """Somebody who is signed in did not know their password."""

    code = "bad_credentials"
    detail = "The password is wrong."


@dataclass(frozen=True, slots=True)
class PasswordAttempt:
    """One attempt at somebody's password; ``user`` is as they were when it was counted."""

    user: User | None
    counted: LoginAttempt
    by_origin: tuple[Verdict, ...]
    refusal: type[KithError]

    @classmethod
    def at_login(cls, work: UnitOfWork, email: str, caller: Caller) -> "PasswordAttempt":
        """Count an attempt to log in; an unknown address is counted like any other."""
        key, at = email_key_of(email) or _key_of_nobody(email), clock.now()
        by_origin = count_login(work.connection, caller, at)
        counted = LoginAttempt(work, key, caller, at)
        user = UserRepository(work.session).find(key)
        return cls(user, counted, (by_origin,), BadCredentials)

    @classmethod
    def of_user(cls, work: UnitOfWork, user: User, caller: Caller) -> "PasswordAttempt":
        """Reauthentication: count an attempt of somebody who is signed in already."""
        counted = LoginAttempt(work, user.email_key, caller, clock.now())
        return cls(user, counted, (), BadPassword)

    def verify(self, password: str) -> User:
        """The user whose password it is; to be called outside of any unit of work.

        Raises:
            TooManyAttempts: the attempts are used up.
            BadCredentials, BadPassword: it is wrong; that takes as long when there is no user.
        """
        require_within_limits(*self.by_origin)
        self.counted.require_allowed()
        if not _is_right(self.user, password) or self.user is None:
            log("login_failed")
            raise self.refusal
        return self.user

    def confirm(self, work: UnitOfWork) -> User:
        """The user, locked; earlier failures are forgotten.

        Raises:
            BadCredentials, BadPassword: meanwhile the password was changed.
        """
        user = UserRepository(work.session).lock(self.user.id) if self.user else None
        if user is None or self.user is None or user.password_hash != self.user.password_hash:
            raise self.refusal
        self.counted.reset(work)
        return user


def rehashed(user: User, password: str) -> str | None:
    """The right password at today's cost, when its hash was made at yesterday's."""
    if not needs_rehash(user.password_hash):
        return None
    return hash_password(password, signing_keys().pepper())


def _key_of_nobody(text: str) -> str:
    """For what can be no address: counted and looked up like any other, never found."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _is_right(user: User | None, password: str) -> bool:
    if exceeds_maximum_length(password):
        password = ""  # no account has such a password; the refusal costs what all of them cost
    return verify_password(password, user.password_hash if user else None, signing_keys().pepper())
