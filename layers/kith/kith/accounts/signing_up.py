"""Signing up: one account per address, and a letter that proves that the address is theirs."""

import secrets
from typing import Any
from uuid import uuid4

from kith import clock
from kith.accounts import addresses, passwords, post, throttles
from kith.accounts.addresses import Address
from kith.accounts.keys import keys
from kith.accounts.post import Kind
from kith.accounts.repository import UserRepository
from kith.accounts.schemas import SignUp
from kith.accounts.vocabulary import Caller, User
from kith.database.session import database
from kith.database.troubles import AlreadyThere
from kith.errors import Conflict
from kith.telemetry import log


class EmailTaken(Conflict):
    code = "email_taken"
    detail = "There is an account with this address already."


def sign_up(wish: SignUp, caller: Caller) -> User:
    """The new user.

    Raises:
        AddressInvalid, PasswordNotAcceptable: what was wished for cannot be had.
        EmailTaken: somebody was first; the database decides who.
        TooManyAttempts: too many accounts, or too many guesses, from this origin.
    """
    address = addresses.read(wish.email)
    passwords.require_acceptable(wish.password, address.key)
    _require_free(address, caller)
    values = _columns(wish, address)
    at = clock.now()
    try:
        with database().writing() as work:
            user = UserRepository(work.connection).add(uuid4(), at, values)
            throttles.require_account_allowed(work.connection, caller, at)
            post.request(work, Kind.VERIFY, user, user.email_key, at)
    except AlreadyThere:
        _note_conflict(caller)
        raise EmailTaken from None
    log("signed_up", user_id=str(user.id))
    return user


def _require_free(address: Address, caller: Caller) -> None:
    """Asked before the costly hash; whoever slips through is told by the database."""
    with database().reading() as connection:
        taken = UserRepository(connection).is_taken(address.key)
    if taken:
        _note_conflict(caller)
        raise EmailTaken


def _note_conflict(caller: Caller) -> None:
    with database().writing() as work:
        verdict = throttles.count_conflict(work.connection, caller, clock.now())
    throttles.require(verdict)


def _columns(wish: SignUp, address: Address) -> dict[str, Any]:
    return {
        "email": address.written,
        "email_key": address.key,
        "username": wish.username,
        "password_hash": passwords.make_hash(wish.password, keys().pepper()),
        "time_zone": wish.time_zone,
        "locale": wish.locale,
        "unsubscribe_seed": secrets.token_bytes(32),
    }
