"""Change of one's address: requested with the password, completed by a letter to the new one."""

from datetime import datetime
from uuid import UUID

from kith import clock
from kith.accounts.email_address import parse_email_address
from kith.accounts.entities import Caller
from kith.accounts.flows.credentials import PasswordAttempt
from kith.accounts.models import User
from kith.accounts.notifications import (
    LetterKind,
    enqueue_decoy_letter,
    enqueue_notice,
    enqueue_requested_letter,
)
from kith.accounts.sessions.cache import invalidate_user
from kith.accounts.tokens.one_time import Purpose
from kith.accounts.tokens.repository import TokenRepository
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import UnitOfWork, database
from kith.errors import Fault, Invalid
from kith.telemetry import log


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
        attempt = PasswordAttempt.of_user(work, user, caller)
    attempt.verify(password)
    at = clock.now()
    with database().writing() as work:
        user = attempt.confirm(work)
        user.pending_email, user.updated_at = address.written, at
        owner = UserRepository(work.session).find(address.key)
        if owner is None or owner is user:
            enqueue_requested_letter(work, LetterKind.CONFIRM_ADDRESS, user, address.key, at)
        else:
            enqueue_decoy_letter(work, address.key, at)
        enqueue_notice(work, LetterKind.ADDRESS_CHANGING, user, at)
    log("email_change_asked", user_id=str(user_id))


def complete_email_change(work: UnitOfWork, user: User, at: datetime) -> User:
    """The pending address counts from now on, and the old one is told.

    Raises:
        EmailTaken: meanwhile somebody else signed up with it.
    """
    address = parse_email_address(user.pending_email or "")
    user.former_email = user.email
    user.email, user.email_key, user.pending_email = address.written, address.key, None
    user.verified_at = user.updated_at = at
    UserRepository(work.session).flush()
    invalidate_user(user.id)
    TokenRepository(work.session).void(user.id, Purpose.RESET)
    enqueue_notice(work, LetterKind.ADDRESS_CHANGED, user, at)
    work.after_commit(lambda: log("email_changed", user_id=str(user.id)))
    return user
