"""Deletion of an account, with everything that belongs to it."""

from uuid import UUID

from kith import clock
from kith.accounts.entities import Caller
from kith.accounts.events import EventKind, log_event
from kith.accounts.flows.credentials import PasswordAttempt
from kith.accounts.login_attempts import forget_failures
from kith.accounts.notifications import LetterKind, enqueue_notice
from kith.accounts.orphaned_pictures import picture_folder, record_orphans
from kith.accounts.sessions.cache import invalidate_user
from kith.accounts.sessions.service import revoke_sessions
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import database
from kith.etags import Precondition


def delete_account_in_two_transactions(
    user_id: UUID, password: str, caller: Caller, precondition: Precondition
) -> None:
    """Remove a user with everything that is theirs.

    The first transaction counts the attempt at the password, the second deletes. Pictures at the
    provider are recorded in it as orphans, and removed from there by the scheduled cleanup.

    Raises:
        BadPassword, TooManyAttempts: reauthentication failed.
        PreconditionFailed: the profile is not as ``If-Match`` expected it.
    """
    with database().writing() as work:
        user = UserRepository(work.session).require(user_id)
        precondition(user.version)
        attempt = PasswordAttempt.of_user(work, user, caller)
    attempt.verify_or_record_failure(password)
    at = clock.now()
    with database().writing() as work:
        user = attempt.confirm(work)
        precondition(user.version)
        revoke_sessions(work, user_id, at)
        invalidate_user(user_id)
        record_orphans(work.connection, [picture_folder(user_id)], at)
        forget_failures(work, user.email_key)
        enqueue_notice(work, LetterKind.ACCOUNT_DELETED, user, at)
        UserRepository(work.session).remove(user)
    log_event(EventKind.ACCOUNT_DELETED, caller, user_id=str(user_id))
