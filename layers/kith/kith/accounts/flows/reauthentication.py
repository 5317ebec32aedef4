"""Reauthentication of somebody who is signed in (step-up): it counts for this session only."""

from uuid import UUID

from kith import clock
from kith.accounts.entities import Caller
from kith.accounts.events import EventKind, record_event
from kith.accounts.factors.service import second_factor_methods
from kith.accounts.flows.credentials import PasswordAttempt
from kith.accounts.flows.second_factor import SecondFactorNeeded
from kith.accounts.sessions.service import renew_authentication
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import database


def prove_by_password_in_two_transactions(
    user_id: UUID, session_id: UUID, aal: int, password: str, caller: Caller
) -> None:
    """Renew the authentication of a session by the password.

    The first transaction counts the attempt, the second renews. An account with a second factor
    needs that one first in this session.

    Raises:
        SecondFactorNeeded: the password is right, and not enough for this session.
        BadPassword, TooManyAttempts, HashingBusy: see ``PasswordAttempt``.
    """
    with database().writing() as work:
        user = UserRepository(work.session).require(user_id)
        attempt = PasswordAttempt.of_user(work, user, caller)
    attempt.verify_or_record_failure(password)
    at = clock.now()
    with database().writing() as work:
        attempt.confirm(work)
        methods = second_factor_methods(work.session, user_id)
        if not methods or aal > 1:
            renew_authentication(work, user_id, session_id, at, aal=1)
            record_event(work, EventKind.REAUTHENTICATED, user_id, caller, at)
            return
    raise SecondFactorNeeded(methods)
