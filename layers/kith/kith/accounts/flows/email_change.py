"""Change of one's address: requested with the password, completed by a letter to the new one.

For some days it can be undone by a letter to the old one.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from kith import clock
from kith.accounts.email_address import EmailAddress, parse_email_address
from kith.accounts.entities import Caller
from kith.accounts.events import EventKind, record_event
from kith.accounts.factors.service import drop_factors_since
from kith.accounts.flows.credentials import PasswordAttempt
from kith.accounts.models import User
from kith.accounts.notifications import (
    LetterKind,
    enqueue_decoy_letter,
    enqueue_notice,
    enqueue_token_letter,
)
from kith.accounts.sessions.cache import invalidate_user
from kith.accounts.sessions.service import revoke_sessions
from kith.accounts.throttles import count_sending
from kith.accounts.tokens.one_time import TokenInvalid, digest_token
from kith.accounts.tokens.repository import EmailUndoRepository, TokenRepository
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import UnitOfWork, database
from kith.errors import Fault, Invalid


class SameAddress(Invalid):
    code = "same_address"
    detail = "This is your address already."

    def __init__(self) -> None:
        super().__init__(faults=[Fault("/email", self.code, self.detail)])


def request_email_change_in_two_transactions(
    user_id: UUID, email: str, password: str, caller: Caller
) -> None:
    """Send a letter to a new address; the old one counts until that letter is answered.

    The first transaction counts the attempt at the password, the second writes the letters.

    Raises:
        EmailAddressInvalid, SameAddress, BadPassword, TooManyAttempts
    """
    address = parse_email_address(email)
    with database().writing() as work:
        user = UserRepository(work.session).require(user_id)
        if address.written == user.email:
            raise SameAddress
        limits = count_sending(work.connection, caller, clock.now(), user_id)
        attempt = PasswordAttempt.of_user(work, user, caller, limits)
    attempt.verify_or_record_failure(password)
    at = clock.now()
    with database().writing() as work:
        user = attempt.confirm(work)
        user.pending_email, user.updated_at = address.written, at
        owner = UserRepository(work.session).find(address.key)
        if owner is None or owner is user:
            enqueue_token_letter(work, LetterKind.CONFIRM_ADDRESS, user, address, at)
        else:
            enqueue_decoy_letter(work, address.key, at)
        enqueue_notice(work, LetterKind.ADDRESS_CHANGING, user, at, {"address": address.written})
        record_event(work, EventKind.EMAIL_CHANGE_REQUESTED, user_id, caller, at)


def complete_email_change(work: UnitOfWork, user: User, caller: Caller, at: datetime) -> User:
    """The pending address counts from now on, and the old one learns how to undo that.

    Raises:
        EmailTaken: meanwhile somebody else signed up with it.
    """
    old, new = user.email, parse_email_address(user.pending_email or "")
    _move(work, user, new, at)
    user.former_email = old
    enqueue_notice(work, LetterKind.ADDRESS_CHANGED, user, at, {"address": new.written}, to=old)
    record_event(work, EventKind.EMAIL_CHANGED, user.id, caller, at)
    return user


def preview_undo(session: Session, token: str) -> tuple[User, str]:
    """Whose change a token would undo, and the address that would count again.

    Raises:
        TokenInvalid: nobody's.
    """
    undo = EmailUndoRepository(session).look(digest_token(token), clock.now())
    user = UserRepository(session).get(undo.user_id) if undo else None
    if user is None or undo is None:
        raise TokenInvalid
    return user, undo.email


def undo_email_change(work: UnitOfWork, token: str, caller: Caller) -> User:
    """The address before a change counts again, all sessions end, and both addresses are notified.

    Whoever changed it may know the password: the old address gets a link to a new one. An account
    that somebody made with the old address meanwhile, and never verified, gives way.

    Raises:
        TokenInvalid: the token does not count (any more).
        EmailTaken: meanwhile somebody signed up with the old address and verified it.
    """
    at = clock.now()
    undo = EmailUndoRepository(work.session).consume(digest_token(token), at)
    user = UserRepository(work.session).lock(undo.user_id) if undo else None
    if user is None or undo is None:
        raise TokenInvalid
    left, restored = user.email, parse_email_address(undo.email)
    _remove_unverified(work, restored.key, user)
    _move(work, user, restored, at)
    user.tokens_valid_after = at
    revoke_sessions(work, user.id, at)
    drop_factors_since(work, user, undo.created_at, caller)
    for to in (restored.written, left):
        facts = {"address": restored.written}
        enqueue_notice(work, LetterKind.ADDRESS_RESTORED, user, at, facts, to=to)
    enqueue_token_letter(work, LetterKind.RESET, user, restored, at)
    record_event(work, EventKind.EMAIL_CHANGE_UNDONE, user.id, caller, at)
    return user


def _move(work: UnitOfWork, user: User, address: EmailAddress, at: datetime) -> None:
    """A verified address counts from now on; nothing counts that was asked for before."""
    user.email, user.email_key = address.written, address.key
    user.verified_at = user.updated_at = at
    UserRepository(work.session).flush()
    TokenRepository(work.session).void_pending(user.id)
    invalidate_user(user.id)


def _remove_unverified(work: UnitOfWork, email_key: str, user: User) -> None:
    users = UserRepository(work.session)
    squatter = users.find(email_key)
    if squatter and squatter is not user and not squatter.verified_at:
        users.remove(squatter)
        users.flush()
