"""Limits on wrong passwords (NIST SP 800-63B-4, 3.2.2).

Each ten failures in a row block further attempts, for twice as long as the ten before, and after a
hundred no password is accepted until a new one is set by a letter. Both are counted for the account
over all origins and for each origin by itself, and for unknown addresses as for known ones.

While an account is blocked, its owner still gets in from where they signed in before, so that
strangers cannot lock anybody out of their home. That must be no oracle: for as long as an origin's
own attempts last, whoever is blocked is refused only after their password was hashed, and with the
same response, wherever they are; only the right password at home makes a difference. What is tried
at home meanwhile is counted in secret, towards the hundred.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from kith.accounts.entities import Caller
from kith.accounts.login_failure_repository import FailureCounts, LoginFailureRepository
from kith.accounts.models import LoginFailures, User
from kith.accounts.throttles import TooManyAttempts, throttled
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import UnitOfWork
from kith.limits.windows import Limit, Verdict
from kith.settings import settings

_LONGEST_BLOCK: Final = timedelta(days=1)
# Failures in a row have no window. For addresses that nobody has they must be forgotten some day.
_REMEMBERED: Final = timedelta(days=3650)
_REMEMBERED_OF_NOBODY: Final = timedelta(days=30)


class LoginAttempt:
    """One attempt at a password, counted as a failure before it is made: no burst slips through.

    Attributes:
        failures: of the account in a row, this attempt included; 0 where it is not one of them.
    """

    def __init__(
        self, work: UnitOfWork, email_key: str, user: User | None, caller: Caller, at: datetime
    ) -> None:
        self._caller = caller
        self._account, self._origin = _digest(email_key), _digest(caller.origin)
        self._at = at
        self.failures = 0
        remembered = _REMEMBERED if user else _REMEMBERED_OF_NOBODY
        repository = LoginFailureRepository(work.session)
        counts = repository.lock(self._account, self._origin, at + remembered)
        since = at - settings().session_life
        at_home = UserRepository(work.session).is_known_origin(email_key, caller.origin, since)
        self._refused_until = self._blocked(counts)
        self._blocked_until = counts.account.blocked_until
        self._is_exempt = at_home and self.is_blocked
        if self._refused_until is None:
            self._count(counts)

    @property
    def is_blocked(self) -> bool:
        """Whether the account is blocked but for its owner at home."""
        return self._blocked_until is not None and self._blocked_until > self._at

    @property
    def accepts(self) -> bool:
        """Whether the right password counts."""
        return self._is_exempt or not self.is_blocked

    def require_attempts_left(self) -> None:
        """Raises TooManyAttempts when not even a password shall be hashed."""
        if self._refused_until is not None:
            raise self._refusal(self._refused_until)

    def require_unblocked(self) -> None:
        """Raises TooManyAttempts while the account is blocked."""
        if self.is_blocked and self._blocked_until is not None:
            raise self._refusal(self._blocked_until)

    def forget(self, work: UnitOfWork) -> None:
        """After the right password; what strangers did meanwhile stays counted."""
        repository = LoginFailureRepository(work.session)
        if self._is_exempt:
            repository.clear_origin(self._account, self._origin)
        else:
            repository.clear(self._account)

    def _blocked(self, counts: FailureCounts) -> datetime | None:
        """Until when this attempt is refused unseen."""
        if counts.account.failures + counts.account.exempted >= settings().login_failures_most:
            return self._at + _LONGEST_BLOCK
        until = counts.origin.blocked_until
        if until is None or until <= self._at:
            return None
        return max(until, counts.account.blocked_until or until)

    def _count(self, counts: FailureCounts) -> None:
        _add_failure(counts.origin, self._at)
        if not self.is_blocked:
            _add_failure(counts.account, self._at)
            self.failures = counts.account.failures
        elif self._is_exempt:
            counts.account.exempted += 1

    def _refusal(self, until: datetime) -> TooManyAttempts:
        seconds = max(1, round((until - self._at).total_seconds()))
        limit = Limit("login", settings().login_failures, settings().login_failures_window)
        return throttled(self._caller, Verdict(limit, limit.count + 1, seconds))


def count_failures(session: Session, email_key: str) -> int:
    """Wrong passwords in a row for an address, over all origins."""
    return LoginFailureRepository(session).failures(_digest(email_key))


def forget_failures(work: UnitOfWork, email_key: str) -> None:
    """Whoever proved by a letter that the account is theirs begins anew, from everywhere."""
    LoginFailureRepository(work.session).clear(_digest(email_key))


def _add_failure(counts: LoginFailures, at: datetime) -> None:
    counts.failures += 1
    blocks, rest = divmod(counts.failures, settings().login_failures)
    if rest == 0:
        length = settings().login_failures_window * 2 ** min(blocks - 1, 10)
        counts.blocked_until = at + min(length, _LONGEST_BLOCK)


def _digest(subject: str) -> str:
    """Addresses do not lie about in counters."""
    return hashlib.sha256(subject.encode()).hexdigest()[:32]
