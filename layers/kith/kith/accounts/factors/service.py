"""Second factors of an account: added with a recent proof, used up, removed, each with a letter."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from kith import clock
from kith.accounts.entities import Caller
from kith.accounts.events import EventKind, record_event
from kith.accounts.factors.entities import FactorKind, FactorMethod, FactorProof
from kith.accounts.factors.passkey_use import use_passkey
from kith.accounts.factors.recovery_codes import digest_recovery_code, generate_recovery_codes
from kith.accounts.factors.repository import FactorRepository
from kith.accounts.factors.schemas import FactorAnswer, FactorList, TotpSetup
from kith.accounts.factors.seed_cipher import SeedUnreadable, decrypt_seed, encrypt_seed
from kith.accounts.factors.totp import encode_seed, generate_seed, matching_step, provisioning_uri
from kith.accounts.models import TotpSecret, User
from kith.accounts.notifications import LetterKind, enqueue_notice
from kith.accounts.passkeys.ceremony import PasskeyRefused, parse_assertion
from kith.accounts.passkeys.repository import PasskeyRepository
from kith.accounts.sessions.service import forget_authentications, renew_authentication
from kith.accounts.tokens.repository import TokenRepository
from kith.accounts.tokens.signing_keys import signing_keys
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import UnitOfWork
from kith.errors import Conflict, NotFound, Unreadable
from kith.telemetry import log_warning

_ADDED: Final[Mapping[FactorKind, EventKind]] = {
    "totp": EventKind.TOTP_ADDED,
    "passkey": EventKind.PASSKEY_ADDED,
}
_REMOVED: Final[Mapping[FactorKind, EventKind]] = {
    "totp": EventKind.TOTP_REMOVED,
    "passkey": EventKind.PASSKEY_REMOVED,
}


class FactorExists(Conflict):
    """Nobody replaces a factor by adding one."""

    code = "factor_exists"
    detail = "There is an authenticator app already; remove it first."


class NoTotpPending(Conflict):
    code = "no_totp_pending"
    detail = "There is no authenticator app that waits to be confirmed."


class FactorNotFound(NotFound):
    code = "factor_not_found"
    detail = "You have no such factor."


class BadFactorProof(Unreadable):
    """Somebody who is signed in had a wrong code."""

    code = "bad_credentials"
    detail = "The code or the passkey is wrong, or was used already."


def list_factors(session: Session, user_id: UUID) -> FactorList:
    """The factors that count."""
    factors = FactorRepository(session, user_id)
    totp = factors.confirmed_totp()
    items = [FactorAnswer.of_totp(totp)] if totp else []
    items += [FactorAnswer.of_passkey(each) for each in PasskeyRepository(session).owned(user_id)]
    return FactorList(items=items, recovery_codes_left=factors.recovery_codes_left())


def second_factor_methods(session: Session, user_id: UUID) -> list[FactorMethod]:
    """By what a login can be completed; empty: it needs no second factor.

    Recovery codes stand in for another factor; by themselves they are none.
    """
    factors = FactorRepository(session, user_id)
    methods: list[FactorMethod] = ["totp"] if factors.confirmed_totp() else []
    if PasskeyRepository(session).count(user_id):
        methods.append("passkey")
    if methods and factors.recovery_codes_left():
        methods.append("recovery")
    return methods


def begin_totp(work: UnitOfWork, user_id: UUID) -> TotpSetup:
    """A seed for an authenticator app; it counts once a code of it was sent back.

    Raises:
        FactorExists: there is one that counts.
    """
    user = UserRepository(work.session).require_locked(user_id)
    seed, pepper = generate_seed(), signing_keys().pepper()
    encrypted = encrypt_seed(seed, user_id, pepper)
    if not FactorRepository(work.session, user_id).put_totp(encrypted, clock.now()):
        raise FactorExists
    return TotpSetup(secret=encode_seed(seed), otpauth_uri=provisioning_uri(seed, user.email))


def confirm_totp(
    work: UnitOfWork, user_id: UUID, session_id: UUID, code: str, caller: Caller
) -> FactorAnswer:
    """The seed counts from now on: the app showed a right code, which is used up by this.

    Raises:
        NoTotpPending: there is nothing to confirm.
        BadFactorProof: the code is wrong.
    """
    at, factors = clock.now(), FactorRepository(work.session, user_id)
    user = UserRepository(work.session).require_locked(user_id)
    totp = factors.totp()
    if totp is None or totp.confirmed_at:
        raise NoTotpPending
    if not _spend_totp_code(factors, totp, code, at):
        raise BadFactorProof
    factor = FactorAnswer.of_totp(factors.totp() or totp)
    announce_factor(work, user, session_id, factor, caller)
    return factor


def remove_factor(work: UnitOfWork, user_id: UUID, factor_id: UUID, caller: Caller) -> None:
    """Remove one factor, and no other; what was asked for before is void.

    Raises:
        FactorNotFound: there is none, or it is somebody else's.
    """
    user = UserRepository(work.session).require_locked(user_id)
    if not drop_factor(work, user, factor_id, caller):
        raise FactorNotFound
    TokenRepository(work.session).void_pending(user_id)


def drop_factor(work: UnitOfWork, user: User, factor_id: UUID, caller: Caller) -> bool:
    """Remove a factor of a locked user, with a letter; false: there is no such factor."""
    kind: FactorKind = "totp"
    if not FactorRepository(work.session, user.id).remove_totp(factor_id):
        kind = "passkey"
        if not PasskeyRepository(work.session).remove(user.id, factor_id):
            return False
    at = clock.now()
    enqueue_notice(work, LetterKind.FACTOR_REMOVED, user, at, {"factor": kind})
    record_event(work, _REMOVED[kind], user.id, caller, at)
    return True


def drop_factors_since(work: UnitOfWork, user: User, since: datetime, caller: Caller) -> None:
    """Remove what was added since a moment, by whoever had taken the account over."""
    for factor in list_factors(work.session, user.id).items:
        if factor.created_at >= since:
            drop_factor(work, user, factor.id, caller)
    FactorRepository(work.session, user.id).remove_recovery_codes(since)


def make_recovery_codes(work: UnitOfWork, user_id: UUID, caller: Caller) -> list[str]:
    """Ten new codes; the ones before are void."""
    at, codes = clock.now(), generate_recovery_codes()
    user = UserRepository(work.session).require_locked(user_id)
    factors = FactorRepository(work.session, user_id)
    factors.replace_recovery_codes((digest_recovery_code(code) for code in codes), at)
    facts = {"factor": "recovery", "factor_id": ""}
    enqueue_notice(work, LetterKind.FACTOR_ADDED, user, at, facts)
    record_event(work, EventKind.RECOVERY_CODES_MADE, user_id, caller, at)
    return codes


def spend_factor(work: UnitOfWork, user: User, proof: FactorProof, caller: Caller) -> bool:
    """Whether a factor is right and was not used before; it is used up by this."""
    if proof.method == "passkey":
        return _spend_passkey(work, user, proof, caller)
    if proof.method == "recovery":
        return _spend_recovery_code(work, user, proof.code, caller)
    factors = FactorRepository(work.session, user.id)
    totp = factors.confirmed_totp()
    return totp is not None and _spend_totp_code(factors, totp, proof.code, clock.now())


def _spend_totp_code(factors: FactorRepository, totp: TotpSecret, code: str, at: datetime) -> bool:
    try:
        seed = decrypt_seed(totp.encrypted_seed, totp.user_id, signing_keys().peppers().values())
    except SeedUnreadable:
        log_warning("totp_seed_unreadable", user_id=str(totp.user_id))
        return False
    step = matching_step(seed, code.replace(" ", ""), at)
    return step is not None and factors.spend_step(step, at)


def _spend_passkey(work: UnitOfWork, user: User, proof: FactorProof, caller: Caller) -> bool:
    try:
        claim = parse_assertion(proof.credential or {})
    except PasskeyRefused:
        return False
    return use_passkey(work, user, claim, caller, login_challenge=proof.challenge)


def _spend_recovery_code(work: UnitOfWork, user: User, code: str, caller: Caller) -> bool:
    at, factors = clock.now(), FactorRepository(work.session, user.id)
    if not second_factor_methods(work.session, user.id):
        return False
    if not factors.spend_recovery_code(digest_recovery_code(code)):
        return False
    left = str(factors.recovery_codes_left())
    enqueue_notice(work, LetterKind.RECOVERY_CODE_USED, user, at, {"left": left})
    record_event(work, EventKind.RECOVERY_CODE_USED, user.id, caller, at)
    return True


def announce_factor(
    work: UnitOfWork, user: User, session_id: UUID, factor: FactorAnswer, caller: Caller
) -> None:
    """A factor counts from now on: this session has proved it, the others have not."""
    at, facts = clock.now(), {"factor": factor.kind, "factor_id": str(factor.id)}
    renew_authentication(work, user.id, session_id, at, aal=2)
    forget_authentications(work, user.id)
    enqueue_notice(work, LetterKind.FACTOR_ADDED, user, at, facts)
    record_event(work, _ADDED[factor.kind], user.id, caller, at)
