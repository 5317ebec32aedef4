"""Personal access tokens: made by somebody who is signed in, and revoked.

A reset of the password, a log-out everywhere and an undone change of address end them all
(``tokens_valid_after``): whoever does that believes that somebody else is in. A change of the
password by somebody who knows the present one leaves them.
"""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from kith import clock
from kith.accounts.entities import Caller
from kith.accounts.events import EventKind, record_event
from kith.accounts.models import PersonalToken, User
from kith.accounts.notifications import LetterKind, enqueue_notice
from kith.accounts.personal_tokens.repository import PersonalTokenRepository
from kith.accounts.personal_tokens.schemas import PersonalTokenCreate
from kith.accounts.sessions.cache import invalidate_token
from kith.accounts.sessions.repository import SessionRepository
from kith.accounts.throttles import count_token_letter
from kith.accounts.tokens.personal import digest_personal_token, generate_personal_token
from kith.accounts.user_repository import AccountGone, UserRepository
from kith.database.unit_of_work import UnitOfWork
from kith.errors import Conflict, Fault, Invalid, NotFound
from kith.settings import settings


class PersonalTokenNotFound(NotFound):
    code = "token_not_found"
    detail = "You have no such token."


class TooManyPersonalTokens(Conflict):
    code = "too_many_tokens"
    detail = "There are as many tokens as there may be; revoke one first."


def create_personal_token(
    work: UnitOfWork, user_id: UUID, session_id: UUID, sent: PersonalTokenCreate, caller: Caller
) -> tuple[PersonalToken, str]:
    """A new token and its secret, which is nowhere else; the owner is told by a letter.

    Raises:
        AccountGone: the session has ended meanwhile: it makes nothing any more.
        Invalid: it would have expired already.
        TooManyPersonalTokens: the user has as many as they may.
    """
    user = UserRepository(work.session).require_locked(user_id)
    session = SessionRepository(work.session).get(session_id)
    if session is None or session.revoked_at or user.disabled_at:
        raise AccountGone
    at = max(clock.now(), user.tokens_valid_after)
    _require_future(sent.expires_at, at)
    tokens = PersonalTokenRepository(work.session, user_id)
    tokens.remove_void(user.tokens_valid_after)
    if tokens.count() >= settings().personal_tokens_per_user:
        raise TooManyPersonalTokens
    secret = generate_personal_token(user_id)
    token = PersonalToken(
        user_id=user_id,
        id=uuid4(),
        digest=digest_personal_token(secret),
        name=sent.name,
        scopes=list(sent.scopes),
        created_at=at,
        expires_at=sent.expires_at,
    )
    tokens.add(token)
    record_event(work, EventKind.TOKEN_CREATED, user_id, caller, at)
    _tell(work, user, token, at)
    return token, secret


def revoke_personal_token(work: UnitOfWork, user_id: UUID, token_id: UUID, caller: Caller) -> None:
    """Delete a token: nothing gets in with it from now on.

    Raises:
        PersonalTokenNotFound: the user has no such token.
    """
    digest = PersonalTokenRepository(work.session, user_id).remove(token_id)
    if digest is None:
        raise PersonalTokenNotFound
    invalidate_token(user_id, digest)
    record_event(work, EventKind.TOKEN_REVOKED, user_id, caller, clock.now())


def list_personal_tokens(session: Session, user_id: UUID) -> list[PersonalToken]:
    """The user's tokens, the newest first."""
    return PersonalTokenRepository(session, user_id).all()


def _require_future(expires_at: datetime | None, at: datetime) -> None:
    if expires_at is not None and expires_at <= at:
        why = "This must be in the future."
        raise Invalid(faults=[Fault("/expires_at", "must_be_in_the_future", why)])


def _tell(work: UnitOfWork, user: User, token: PersonalToken, at: datetime) -> None:
    """A few letters an hour tell enough, and must not use up the budget of a reset."""
    if count_token_letter(work.connection, user.id, at).allowed:
        facts = {"token": token.name, "scopes": ", ".join(token.scopes)}
        enqueue_notice(work, LetterKind.TOKEN_CREATED, user, at, facts)
