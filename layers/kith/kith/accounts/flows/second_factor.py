"""The second step of a login, and the second factor as a proof of somebody who is signed in.

An attempt is counted as a failure of the account before it is made, like one at a password. It is
verified in the transaction that counts it; a refusal follows the commit, so that the count stays.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from kith import clock
from kith.accounts.entities import Caller
from kith.accounts.events import EventKind, record_event
from kith.accounts.factors.challenges import issue_challenge
from kith.accounts.factors.entities import FactorMethod, FactorProof
from kith.accounts.factors.repository import ChallengePurpose, ChallengeRepository
from kith.accounts.factors.schemas import SecondFactorLogin
from kith.accounts.factors.service import BadFactorProof, spend_factor
from kith.accounts.factors.totp import is_totp_code
from kith.accounts.flows.credentials import count_attempt
from kith.accounts.login_attempts import LoginAttempt
from kith.accounts.models import Challenge, User
from kith.accounts.schemas import FreshProof, TokenPair
from kith.accounts.sessions.service import renew_authentication, sign_in
from kith.accounts.throttles import count_login, require_within_limits
from kith.accounts.tokens.one_time import digest_token
from kith.accounts.tokens.signing_keys import SigningKey
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import UnitOfWork
from kith.errors import KithError, NotAuthenticated
from kith.settings import settings


class SecondFactorNeeded(NotAuthenticated):
    """The password is right, and not enough: ``members`` of the problem say how to go on."""

    code = "second_factor_needed"
    detail = "This account has a second factor."

    def __init__(self, methods: list[FactorMethod], challenge: str | None = None) -> None:
        super().__init__()
        self.members: Mapping[str, object] = {"methods": methods}
        if challenge:
            self.members = {"challenge": challenge, "methods": methods}


class BadSecondFactor(NotAuthenticated):
    """At a login the second factor was wrong."""

    code = "bad_credentials"
    detail = "The second factor is wrong, or was used already."


class ChallengeInvalid(NotAuthenticated):
    """Answered, expired, tried too often, void, or never given out: nobody learns which."""

    code = "challenge_invalid"
    detail = "This challenge does not count (any more); begin again."


def challenge_login(
    work: UnitOfWork, user: User, methods: list[FactorMethod], caller: Caller, at: datetime
) -> SecondFactorNeeded:
    """A challenge for somebody who knew the password; a change of credentials voids it."""
    challenge = issue_challenge(work, ChallengePurpose.LOGIN, at, user)
    record_event(work, EventKind.SECOND_FACTOR_NEEDED, user.id, caller, at)
    return SecondFactorNeeded(methods, challenge)


def complete_login(
    work: UnitOfWork, sent: SecondFactorLogin, caller: Caller, key: SigningKey
) -> TokenPair | None:
    """The session of a login whose challenge is answered.

    Returns:
        ``None`` for a wrong answer, which is refused once the unit of work is committed.

    Raises:
        ChallengeInvalid: it does not count.
        TooManyAttempts: this origin or this account has to wait.
    """
    at, challenges = clock.now(), ChallengeRepository(work.session)
    require_within_limits(caller, count_login(work.connection, caller, at))
    digest = digest_token(sent.challenge)
    user = _challenged_user(work, challenges.look(digest, ChallengePurpose.LOGIN, at))
    if not challenges.count_attempt(digest, settings().challenge_attempts, at):
        raise ChallengeInvalid
    proof = FactorProof(sent.method, sent.code or "", sent.credential, sent.challenge)
    if not _accept(work, user, proof, caller, BadSecondFactor):
        return None
    challenges.consume(digest, ChallengePurpose.LOGIN, at)
    return sign_in(work, user, caller, key, aal=2)


def prove_by_factor(
    work: UnitOfWork, user_id: UUID, session_id: UUID, sent: FreshProof, caller: Caller
) -> None:
    """Renew the authentication of a session by a code of the app, a recovery code or a passkey.

    Raises:
        TooManyAttempts: this account has to wait.
        BadFactorProof: it is wrong; raised once the unit of work is committed.
    """
    user = UserRepository(work.session).require_locked(user_id)
    if _accept(work, user, _proof_of(sent), caller, BadFactorProof):
        at = clock.now()
        renew_authentication(work, user_id, session_id, at, aal=2)
        record_event(work, EventKind.REAUTHENTICATED, user_id, caller, at)


def _proof_of(sent: FreshProof) -> FactorProof:
    if sent.credential is not None:
        return FactorProof("passkey", credential=sent.credential)
    code = sent.code or ""
    is_totp = is_totp_code(code.replace(" ", ""))
    return FactorProof("totp" if is_totp else "recovery", code)


def _challenged_user(work: UnitOfWork, challenge: Challenge | None) -> User:
    """Whose challenge it is, locked: attempts at one account wait for each other."""
    if challenge is None or challenge.user_id is None:
        raise ChallengeInvalid
    user = UserRepository(work.session).lock(challenge.user_id)
    if user is None or user.disabled_at:
        raise ChallengeInvalid
    if user.credentials_version != challenge.credentials_version:
        raise ChallengeInvalid
    return user


def _accept(
    work: UnitOfWork, user: User, proof: FactorProof, caller: Caller, refusal: type[KithError]
) -> bool:
    """Count an attempt and verify it; the right one forgets the failures before it."""
    attempt = count_attempt(work, user.email_key, user, caller)
    attempt.require_attempts_left()
    if spend_factor(work, user, proof, caller) and attempt.accepts:
        attempt.forget(work)
        return True
    record_event(work, EventKind.WRONG_SECOND_FACTOR, user.id, caller, clock.now())
    work.after_commit(lambda: _refuse(attempt, refusal))
    return False


def _refuse(attempt: LoginAttempt, refusal: type[KithError]) -> None:
    attempt.require_unblocked()
    raise refusal
