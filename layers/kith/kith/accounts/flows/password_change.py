"""Change of the password by somebody who is signed in."""

from uuid import UUID

from kith import clock
from kith.accounts.entities import Caller
from kith.accounts.events import EventKind, record_event
from kith.accounts.flows.credentials import PasswordAttempt
from kith.accounts.notifications import LetterKind, enqueue_notice
from kith.accounts.passwords.hashing import hash_password
from kith.accounts.passwords.policy import validate_password
from kith.accounts.schemas import PasswordChange
from kith.accounts.sessions.service import revoke_sessions
from kith.accounts.throttles import count_sending
from kith.accounts.tokens.repository import TokenRepository
from kith.accounts.tokens.signing_keys import signing_keys
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import database


def change_password_in_two_transactions(
    user_id: UUID, session_id: UUID, sent: PasswordChange, caller: Caller
) -> None:
    """Set another password: the other sessions end, and the owner is notified.

    The first transaction counts the attempt at the current password, the second sets the new one;
    both are hashed with none open.

    Raises:
        PasswordNotAcceptable: the new one is no good; nothing was counted.
        BadPassword: the current one is another.
    """
    with database().loading() as session:
        user = UserRepository(session).require(user_id)
    validate_password(sent.password, user.email_key, user.username)
    with database().writing() as work:
        limits = count_sending(work.connection, caller, clock.now(), user_id)
        attempt = PasswordAttempt.of_user(work, user, caller, limits)
    attempt.verify_or_record_failure(sent.current_password)
    password_hash, at = hash_password(sent.password, signing_keys().peppers()), clock.now()
    with database().writing() as work:
        user = attempt.confirm(work)
        user.password_hash, user.updated_at = password_hash, at
        TokenRepository(work.session).void_pending(user_id)
        revoke_sessions(work, user_id, at, but=session_id)
        enqueue_notice(work, LetterKind.PASSWORD_CHANGED, user, at)
        record_event(work, EventKind.PASSWORD_CHANGED, user_id, caller, at)
