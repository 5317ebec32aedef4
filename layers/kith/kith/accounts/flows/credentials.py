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
from kith.accounts.events import EventKind, account_digest, log_event, record_event
from kith.accounts.login_attempts import LoginAttempt
from kith.accounts.models import User
from kith.accounts.notifications import LetterKind, enqueue_decoy_letter, enqueue_notice
from kith.accounts.passwords.hashing import (
    exceeds_maximum_length,
    hash_password,
    needs_rehash,
    pepper_tag,
    verify_password,
)
from kith.accounts.throttles import count_decoy, count_login, require_within_limits
from kith.accounts.tokens.signing_keys import signing_keys
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import UnitOfWork, database
from kith.errors import KithError, NotAuthenticated, Unreadable
from kith.limits.windows import Verdict
from kith.settings import settings


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

    email_key: str
    user: User | None
    caller: Caller
    attempt: LoginAttempt | None
    limits: tuple[Verdict, ...]
    refusal: type[KithError]

    @classmethod
    def at_login(cls, work: UnitOfWork, email: str, caller: Caller) -> "PasswordAttempt":
        """Count an attempt to log in; an unknown address is counted like any other."""
        key, at = email_key_of(email) or _key_of_nobody(email), clock.now()
        by_origin = count_login(work.connection, caller, at)
        user = UserRepository(work.session).find(key)
        attempt = count_attempt(work, key, user, caller) if by_origin.allowed else None
        return cls(key, user, caller, attempt, (by_origin,), BadCredentials)

    @classmethod
    def of_user(
        cls, work: UnitOfWork, user: User, caller: Caller, limits: tuple[Verdict, ...] = ()
    ) -> "PasswordAttempt":
        """Reauthentication: count an attempt of somebody who is signed in already.

        What other ``limits`` refuse is no attempt.
        """
        allowed = all(verdict.allowed for verdict in limits)
        attempt = count_attempt(work, user.email_key, user, caller) if allowed else None
        return cls(user.email_key, user, caller, attempt, limits, BadPassword)

    def verify_or_record_failure(self, password: str) -> User:
        """The user whose password it is; to be called outside of any unit of work.

        A wrong password is recorded in a transaction of its own, which is the second one then.

        Raises:
            TooManyAttempts: a limit is used up, or the account is blocked.
            BadCredentials, BadPassword: it is wrong; that takes as long when there is no user.
        """
        require_within_limits(self.caller, *self.limits)
        attempt = self._counted()
        attempt.require_attempts_left()
        right = _is_right(self.user, password)
        if right and self.user and attempt.accepts:
            return self.user
        with database().writing() as work:
            self._record_failure(work)
        attempt.require_unblocked()
        raise self.refusal

    def confirm(self, work: UnitOfWork) -> User:
        """The user, locked; earlier failures are forgotten.

        Raises:
            BadCredentials, BadPassword: meanwhile the password was changed.
        """
        user = self.lock_user(work)
        self.forget_failures(work)
        return user

    def lock_user(self, work: UnitOfWork) -> User:
        """The user, locked; the attempt stays counted, since more than a password is needed.

        Raises:
            BadCredentials, BadPassword: meanwhile the password was changed.
        """
        user = UserRepository(work.session).lock(self.user.id) if self.user else None
        if user is None or self.user is None or user.password_hash != self.user.password_hash:
            raise self.refusal
        return user

    def forget_failures(self, work: UnitOfWork) -> None:
        """Earlier failures, and this attempt, do not count any more."""
        self._counted().forget(work)

    def _record_failure(self, work: UnitOfWork) -> None:
        at = clock.now()
        if self.user is not None:
            record_event(work, EventKind.WRONG_PASSWORD, self.user.id, self.caller, at)
            return
        count_decoy(work.connection, at)
        log_event(EventKind.WRONG_PASSWORD, self.caller, account=account_digest(self.email_key))

    def _counted(self) -> LoginAttempt:
        if self.attempt is None:
            raise self.refusal
        return self.attempt


def count_attempt(
    work: UnitOfWork, email_key: str, user: User | None, caller: Caller
) -> LoginAttempt:
    """Count an attempt, and tell the owner when somebody guesses, or has guessed too often."""
    at = clock.now()
    attempt = LoginAttempt(work, email_key, user, caller, at)
    kind = {
        settings().login_failures: LetterKind.LOGIN_FAILURES,
        settings().login_failures_most: LetterKind.LOGIN_DISABLED,
    }.get(attempt.failures)
    if kind and user and user.verified_at:
        enqueue_notice(work, kind, user, at, {"origin": caller.origin})
        record_event(work, EventKind.LOGIN_BLOCKED, user.id, caller, at)
    elif kind:
        enqueue_decoy_letter(work, email_key, at)
        count_decoy(work.connection, at)
    return attempt


def rehashed(user: User, password: str) -> str | None:
    """The right password by today's cost and pepper, when its hash was made by yesterday's."""
    peppers = signing_keys().peppers()
    if not needs_rehash(user.password_hash, peppers):
        return None
    return hash_password(password, peppers)


def _key_of_nobody(text: str) -> str:
    """For what can be no address: counted and looked up like any other, never found."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _is_right(user: User | None, password: str) -> bool:
    if exceeds_maximum_length(password):
        password = ""  # no account has such a password; the refusal costs what all of them cost
    kept = user.password_hash if user else None
    peppers = signing_keys().peppers(*([pepper_tag(kept)] if kept else []))
    return verify_password(password, kept, peppers)
