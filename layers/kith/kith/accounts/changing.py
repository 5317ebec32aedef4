"""A new password, or a new address: by a letter's link, or by somebody who is signed in."""

from datetime import datetime
from uuid import UUID

from kith import clock
from kith.accounts import (
    addresses,
    one_time,
    passwords,
    post,
    proving,
    session_cache,
    sessions,
    throttles,
)
from kith.accounts.keys import keys
from kith.accounts.one_time import Purpose, TokenInvalid
from kith.accounts.post import Kind
from kith.accounts.profile import require_user
from kith.accounts.repository import UserRepository
from kith.accounts.token_repository import Claim, TokenRepository
from kith.accounts.vocabulary import Caller, User
from kith.database.session import Work, database
from kith.errors import Fault, Invalid
from kith.telemetry import log


class SameAddress(Invalid):
    code = "same_address"
    detail = "This is your address already."

    def __init__(self) -> None:
        super().__init__(faults=[Fault("/email", self.code, self.detail)])


def user_of_reset(token: str) -> User:
    """Whose password a token could set; nothing is used up by asking.

    Raises:
        TokenInvalid: nobody's.
    """
    with database().reading() as connection:
        claim = TokenRepository(connection).look(one_time.digest(token), Purpose.RESET, clock.now())
        user = UserRepository(connection).get(claim.user_id) if claim else None
    return _require_same_password(user, claim)


def reset_password(token: str, password: str) -> None:
    """Set the password by a letter's link: all sessions end, and the owner is told.

    Raises:
        TokenInvalid: the token does not count.
        PasswordNotAcceptable: the token still counts.
    """
    user = user_of_reset(token)
    passwords.require_acceptable(password, user.email_key)
    made = passwords.make_hash(password, keys().pepper())
    at = clock.now()
    with database().writing() as work:
        claim = TokenRepository(work.connection).consume(one_time.digest(token), Purpose.RESET, at)
        user = _require_same_password(_locked(work, claim), claim)
        _set_by_letter(work, user, made, at)


def change_password(
    user_id: UUID, session_id: UUID, current: str, password: str, caller: Caller
) -> None:
    """Set the password of somebody who is signed in: their other sessions end.

    Raises:
        BadPassword: the current one is another.
        PasswordNotAcceptable: the new one is no good.
    """
    user = require_user(user_id)
    proving.again(user, current, caller)
    passwords.require_acceptable(password, user.email_key)
    made = passwords.make_hash(password, keys().pepper())
    at = clock.now()
    with database().writing() as work:
        users = UserRepository(work.connection)
        held = users.lock(user_id)
        if held is None or held.password_hash != user.password_hash:
            raise proving.BadPassword
        users.change(user_id, at, {"password_hash": made})
        TokenRepository(work.connection).void(user_id, Purpose.RESET)
        sessions.end_in(work, user_id, at, but=session_id)
        post.notify(work, Kind.PASSWORD_CHANGED, user, at)
    log("password_changed", user_id=str(user_id))


def change_address(user_id: UUID, email: str, password: str, caller: Caller) -> None:
    """Send a letter to a new address; the old one counts until that letter is answered.

    Raises:
        AddressInvalid, SameAddress, BadPassword, TooManyAttempts
    """
    address = addresses.read(email)
    user = require_user(user_id)
    proving.again(user, password, caller)
    if address.written == user.email:
        raise SameAddress
    at = clock.now()
    with database().writing() as work:
        users = UserRepository(work.connection)
        changed = users.change(user_id, at, {"pending_email": address.written})
        taken = users.find(address.key)
        if taken is None or taken.id == user_id:
            post.request(work, Kind.CONFIRM_ADDRESS, changed, address.key, at)
        else:
            post.pretend(work, address.key, at)
        post.notify(work, Kind.ADDRESS_CHANGING, user, at)
    log("email_change_asked", user_id=str(user_id))


def _locked(work: Work, claim: Claim | None) -> User | None:
    return UserRepository(work.connection).lock(claim.user_id) if claim else None


def _require_same_password(user: User | None, claim: Claim | None) -> User:
    if user is None or claim is None:
        raise TokenInvalid
    if one_time.expected(user, Purpose.RESET) != claim.fingerprint:
        raise TokenInvalid
    return user


def _set_by_letter(work: Work, user: User, made: str, at: datetime) -> None:
    """Whoever could read the letter owns the address too."""
    values = {"password_hash": made, "tokens_valid_after": at, "pending_email": None}
    users = UserRepository(work.connection)
    users.change(user.id, at, {**values, "verified_at": user.verified_at or at})
    throttles.forgive_attempts(work.connection, user.email_key, at)
    session_cache.bar_user(user.id)
    sessions.end_in(work, user.id, at)
    post.notify(work, Kind.PASSWORD_CHANGED, user, at)
    work.after_commit(lambda: log("password_reset", user_id=str(user.id)))
