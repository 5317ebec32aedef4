"""Proving that an address is one's own: after signing up, and before a new address counts."""

from datetime import datetime

from kith import clock
from kith.accounts import addresses, one_time, post, session_cache, throttles
from kith.accounts.one_time import Purpose, TokenInvalid
from kith.accounts.post import Kind
from kith.accounts.repository import UserRepository
from kith.accounts.signing_up import EmailTaken
from kith.accounts.token_repository import Claim, TokenRepository
from kith.accounts.vocabulary import Caller, User
from kith.database.session import Work, database
from kith.database.troubles import AlreadyThere
from kith.telemetry import log


def verify(token: str) -> User:
    """The user whose address is proven now, by a token of either kind.

    Raises:
        TokenInvalid: the token does not count (any more).
        EmailTaken: meanwhile somebody else signed up with the new address.
    """
    at = clock.now()
    try:
        with database().writing() as work:
            return _verified(work, one_time.digest(token), at)
    except AlreadyThere:
        raise EmailTaken from None


def look(token: str) -> tuple[User, str]:
    """Whose token it is, and which address it would prove; nothing is used up.

    Raises:
        TokenInvalid: nobody's.
    """
    at, digest = clock.now(), one_time.digest(token)
    with database().reading() as connection:
        tokens, users = TokenRepository(connection), UserRepository(connection)
        for purpose in (Purpose.VERIFY, Purpose.CHANGE_EMAIL):
            claim = tokens.look(digest, purpose, at)
            user = users.get(claim.user_id) if claim else None
            if claim and user and one_time.expected(user, purpose) == claim.fingerprint:
                is_new = purpose is Purpose.CHANGE_EMAIL
                return user, (user.pending_email or "") if is_new else user.email
    raise TokenInvalid


def resend(email: str, caller: Caller) -> None:
    """Another letter, if there is somebody who waits for one: the answer is the same for all."""
    _ask_for(Kind.VERIFY, email, caller)


def forgot(email: str, caller: Caller) -> None:
    """A letter with a link to a new password, if there is such a user; else the same answer."""
    _ask_for(Kind.RESET, email, caller)


def _ask_for(kind: Kind, email: str, caller: Caller) -> None:
    at, key = clock.now(), addresses.read(email).key
    with database().writing() as work:
        verdicts = throttles.count_letter_request(work.connection, key, caller, at)
        if all(each.allowed for each in verdicts):
            _write(work, kind, key, at)
    throttles.require(*verdicts)


def _write(work: Work, kind: Kind, key: str, at: datetime) -> None:
    user = UserRepository(work.connection).find(key)
    if user is None or (kind is Kind.VERIFY and user.verified_at):
        post.pretend(work, key, at)
    else:
        post.request(work, kind, user, key, at)


def _verified(work: Work, digest: bytes, at: datetime) -> User:
    tokens = TokenRepository(work.connection)
    claim = tokens.consume(digest, Purpose.VERIFY, at)
    if claim is not None:
        return _confirm(work, claim, at)
    claim = tokens.consume(digest, Purpose.CHANGE_EMAIL, at)
    if claim is not None:
        return _move(work, claim, at)
    raise TokenInvalid


def _confirm(work: Work, claim: Claim, at: datetime) -> User:
    users = UserRepository(work.connection)
    user = users.lock(claim.user_id)
    if user is None or one_time.expected(user, Purpose.VERIFY) != claim.fingerprint:
        raise TokenInvalid
    session_cache.bar_user(user.id)
    work.after_commit(lambda: log("email_verified", user_id=str(user.id)))
    return users.change(user.id, at, {"verified_at": user.verified_at or at})


def _move(work: Work, claim: Claim, at: datetime) -> User:
    """The new address counts from now on, and the old one is told."""
    users = UserRepository(work.connection)
    user = users.lock(claim.user_id)
    if user is None or one_time.expected(user, Purpose.CHANGE_EMAIL) != claim.fingerprint:
        raise TokenInvalid
    address = addresses.read(user.pending_email or "")
    session_cache.bar_user(user.id)
    TokenRepository(work.connection).void(user.id, Purpose.RESET)
    post.notify(work, Kind.ADDRESS_CHANGED, user, at)
    work.after_commit(lambda: log("email_changed", user_id=str(user.id)))
    values = {
        "email": address.written,
        "email_key": address.key,
        "pending_email": None,
        "former_email": user.email,
        "verified_at": at,
    }
    return users.change(user.id, at, values)
