"""Registration of a passkey by somebody who is signed in."""

from uuid import UUID, uuid4

from kith import clock
from kith.accounts.entities import Caller
from kith.accounts.factors.challenges import consume_challenge, issue_challenge
from kith.accounts.factors.repository import ChallengePurpose
from kith.accounts.factors.schemas import FactorAnswer, PasskeyRegistration
from kith.accounts.factors.service import announce_factor
from kith.accounts.models import Passkey, User
from kith.accounts.passkeys.ceremony import (
    PasskeyRefused,
    RegisteredPasskey,
    claimed_challenge,
    verify_registration,
)
from kith.accounts.passkeys.repository import PasskeyRepository
from kith.accounts.passkeys.schemas import PasskeyCreationOptions, creation_options
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import UnitOfWork
from kith.errors import Conflict, Unreadable
from kith.settings import settings


class PasskeyInvalid(Unreadable):
    """Of whatever: nobody learns what a forged one lacked."""

    code = "passkey_invalid"
    detail = "This is no answer to a challenge of ours, or it came too late."


class PasskeyExists(Conflict):
    code = "passkey_exists"
    detail = "This passkey is registered already."


class TooManyPasskeys(Conflict):
    code = "too_many_passkeys"
    detail = "You have as many passkeys as there may be; remove one first."


def begin_registration(work: UnitOfWork, user_id: UUID) -> PasskeyCreationOptions:
    """What a browser needs to make a passkey.

    Raises:
        TooManyPasskeys: there is no room for another.
    """
    user = UserRepository(work.session).require_locked(user_id)
    _require_room(work, user)
    known = PasskeyRepository(work.session).owned(user_id)
    challenge = issue_challenge(work, ChallengePurpose.REGISTER_PASSKEY, clock.now(), user)
    ids = [passkey.credential_id for passkey in known]
    return creation_options(challenge, user_id.bytes, user.email, ids)


def complete_registration(
    work: UnitOfWork, user_id: UUID, session_id: UUID, sent: PasskeyRegistration, caller: Caller
) -> FactorAnswer | None:
    """Keep a passkey: from now on a login asks for a second factor.

    Returns:
        ``None`` for an answer that is refused; its challenge is used up all the same.

    Raises:
        TooManyPasskeys, PasskeyExists
    """
    user = UserRepository(work.session).require_locked(user_id)
    _require_room(work, user)
    registered = _verify(work, user, sent)
    if registered is None:
        return None
    passkeys = PasskeyRepository(work.session)
    if passkeys.find(registered.credential_id):
        raise PasskeyExists
    passkey = Passkey(
        user_id=user_id, id=uuid4(), name=sent.name, created_at=clock.now(), **registered._asdict()
    )
    passkeys.add(passkey)
    factor = FactorAnswer.of_passkey(passkey)
    announce_factor(work, user, session_id, factor, caller)
    return factor


def _verify(work: UnitOfWork, user: User, sent: PasskeyRegistration) -> RegisteredPasskey | None:
    purpose = ChallengePurpose.REGISTER_PASSKEY
    try:
        challenge = claimed_challenge(sent.credential)
        if not consume_challenge(work, challenge, purpose, clock.now(), user):
            return None
        return verify_registration(sent.credential, challenge)
    except PasskeyRefused:
        return None


def _require_room(work: UnitOfWork, user: User) -> None:
    if PasskeyRepository(work.session).count(user.id) >= settings().passkeys_per_user:
        raise TooManyPasskeys
