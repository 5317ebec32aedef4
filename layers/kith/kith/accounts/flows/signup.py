"""Sign-up: one account per address, and a letter that verifies that the address is theirs."""

import secrets
from uuid import uuid4

from kith import clock
from kith.accounts.email_address import EmailAddress, parse_email_address
from kith.accounts.entities import Caller
from kith.accounts.events import EventKind, record_event
from kith.accounts.models import User
from kith.accounts.notifications import LetterKind, enqueue_token_letter
from kith.accounts.passwords.hashing import hash_password
from kith.accounts.passwords.policy import validate_password
from kith.accounts.schemas import SignUp
from kith.accounts.throttles import (
    count_sending,
    count_signup,
    peek_signups,
    require_within_limits,
)
from kith.accounts.tokens.repository import InvitationRepository
from kith.accounts.tokens.signing_keys import signing_keys
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import UnitOfWork, database
from kith.errors import NotAllowed
from kith.settings import settings


class SignupClosed(NotAllowed):
    code = "signup_closed"
    detail = "Nobody can sign up here."


class InvitationNeeded(NotAllowed):
    """None, one that was used or has expired, or one for another address: nobody learns which."""

    code = "invitation_needed"
    detail = "Sign-up is by invitation here, and this is none for you (any more)."


def sign_up_in_two_transactions(sent: SignUp, caller: Caller) -> User:
    """Sign-up: the new user.

    The first transaction counts the sign-up, which must survive a refusal; the second creates the
    account, after its password was hashed with none open. The limit is asked before anything that
    costs, and an address that is taken costs what a free one does: past the limit nobody can tell
    one from the other.

    Raises:
        SignupClosed: nobody can sign up.
        InvitationNeeded: not without an invitation for this address; it is not used up otherwise.
        EmailAddressInvalid, PasswordNotAcceptable: what was sent is not acceptable.
        EmailTaken: somebody was first; the database decides who.
        TooManyAttempts: too many sign-ups from this origin.
    """
    if settings().signup == "closed":
        raise SignupClosed
    address = parse_email_address(sent.email)
    with database().reading() as connection:
        require_within_limits(caller, peek_signups(connection, caller, clock.now()))
    validate_password(sent.password, address.key, sent.username)
    with database().writing() as work:
        at = clock.now()
        verdict = count_signup(work.connection, caller, at)
        sending = count_sending(work.connection, caller, at)
        invited = _is_invited(work, sent, address)
    require_within_limits(caller, verdict, *sending)
    if not invited:
        raise InvitationNeeded
    user = _user(sent, address)
    with database().writing() as work:
        if not _is_invited(work, sent, address, use_up=True):
            raise InvitationNeeded
        UserRepository(work.session).add(user)
        enqueue_token_letter(work, LetterKind.VERIFY, user, address, user.created_at)
        record_event(work, EventKind.SIGNED_UP, user.id, caller, user.created_at)
    return user


def _is_invited(
    work: UnitOfWork, sent: SignUp, address: EmailAddress, *, use_up: bool = False
) -> bool:
    if settings().signup != "invited":
        return True
    invitations = InvitationRepository(work.session)
    check = invitations.consume if use_up else invitations.look
    return check(sent.invitation or "", address.key, clock.now())


def _user(sent: SignUp, address: EmailAddress) -> User:
    password_hash, at = hash_password(sent.password, signing_keys().peppers()), clock.now()
    return User(
        id=uuid4(),
        email=address.written,
        email_key=address.key,
        username=sent.username,
        password_hash=password_hash,
        tokens_valid_after=at,
        time_zone=sent.time_zone,
        locale=sent.locale,
        unsubscribe_seed=secrets.token_bytes(32),
        created_at=at,
        updated_at=at,
    )
