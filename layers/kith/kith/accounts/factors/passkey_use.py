"""A passkey that is used: as a login, as the second factor of one, or as a proof."""

from kith import clock
from kith.accounts.entities import Caller
from kith.accounts.events import EventKind, record_event
from kith.accounts.factors.challenges import consume_challenge
from kith.accounts.factors.repository import ChallengePurpose
from kith.accounts.models import Passkey, User
from kith.accounts.notifications import LetterKind, enqueue_notice
from kith.accounts.passkeys.ceremony import PasskeyClaim, PasskeyRefused, verify_assertion
from kith.accounts.passkeys.repository import PasskeyRepository
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import UnitOfWork


def find_claimed_owner(work: UnitOfWork, claim: PasskeyClaim) -> User | None:
    """Whose passkey it claims to be, locked: uses of one account's passkeys wait for each other."""
    passkey = PasskeyRepository(work.session).find(claim.credential_id)
    return UserRepository(work.session).lock(passkey.user_id) if passkey else None


def use_passkey(
    work: UnitOfWork,
    user: User,
    claim: PasskeyClaim,
    caller: Caller,
    *,
    login_challenge: str | None = None,
) -> bool:
    """Whether a locked user's passkey answered a challenge of ours; the challenge is used up.

    The challenge is that of the login itself, or one that was asked for.
    """
    at = clock.now()
    answered = claim.challenge == login_challenge or consume_challenge(
        work, claim.challenge, ChallengePurpose.USE_PASSKEY, at
    )
    passkey = PasskeyRepository(work.session).find(claim.credential_id)
    if not answered or passkey is None or not _is_of(passkey, user, claim):
        return False
    try:
        sign_count = verify_assertion(claim, passkey.public_key)
    except PasskeyRefused:
        return False
    if not _went_on(passkey, sign_count):
        enqueue_notice(work, LetterKind.PASSKEY_COPIED, user, at, {"passkey": passkey.name})
        record_event(work, EventKind.PASSKEY_COPIED, user.id, caller, at)
        return False
    PasskeyRepository(work.session).record_use(passkey, sign_count, at)
    return True


def _is_of(passkey: Passkey, user: User, claim: PasskeyClaim) -> bool:
    handle = claim.user_handle
    return passkey.user_id == user.id and (handle is None or handle == user.id.bytes)


def _went_on(passkey: Passkey, sign_count: int) -> bool:
    """A counter that stands still, or goes back, is that of a copy; 0 and 0 is no counter."""
    return sign_count > passkey.sign_count or sign_count == passkey.sign_count == 0
