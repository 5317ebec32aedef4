"""Signing up: one account per address, and a letter that proves that the address is theirs."""

import secrets
from typing import Any
from uuid import uuid4

from kith import clock
from kith.accounts.email_address import EmailAddress, parse_email_address
from kith.accounts.entities import Caller, User
from kith.accounts.notifications import LetterKind, enqueue_requested_letter
from kith.accounts.passwords import hash_password, validate_password
from kith.accounts.schemas import SignUp
from kith.accounts.throttles import (
    count_signup_conflict,
    require_signup_allowed,
    require_within_limits,
)
from kith.accounts.tokens.signing_keys import signing_keys
from kith.accounts.user_repository import UserRepository
from kith.database.errors import AlreadyThere
from kith.database.unit_of_work import database
from kith.errors import Conflict
from kith.telemetry import log


class EmailTaken(Conflict):
    code = "email_taken"
    detail = "There is an account with this address already."


def register_account(wish: SignUp, caller: Caller) -> User:
    """The new user.

    Raises:
        AddressInvalid, PasswordNotAcceptable: what was wished for cannot be had.
        EmailTaken: somebody was first; the database decides who.
        TooManyAttempts: too many accounts, or too many guesses, from this origin.
    """
    address = parse_email_address(wish.email)
    validate_password(wish.password, address.key)
    _require_free(address, caller)
    values = _columns(wish, address)
    at = clock.now()
    try:
        with database().writing() as work:
            user = UserRepository(work.connection).add(uuid4(), at, values)
            require_signup_allowed(work.connection, caller, at)
            enqueue_requested_letter(work, LetterKind.VERIFY, user, user.email_key, at)
    except AlreadyThere:
        _note_conflict(caller)
        raise EmailTaken from None
    log("signed_up", user_id=str(user.id))
    return user


def _require_free(address: EmailAddress, caller: Caller) -> None:
    """Asked before the costly hash; whoever slips through is told by the database."""
    with database().reading() as connection:
        taken = UserRepository(connection).is_taken(address.key)
    if taken:
        _note_conflict(caller)
        raise EmailTaken


def _note_conflict(caller: Caller) -> None:
    with database().writing() as work:
        verdict = count_signup_conflict(work.connection, caller, clock.now())
    require_within_limits(verdict)


def _columns(wish: SignUp, address: EmailAddress) -> dict[str, Any]:
    return {
        "email": address.written,
        "email_key": address.key,
        "username": wish.username,
        "password_hash": hash_password(wish.password, signing_keys().pepper()),
        "time_zone": wish.time_zone,
        "locale": wish.locale,
        "unsubscribe_seed": secrets.token_bytes(32),
    }
