"""A factor that the owner did not add: removed by the letter that announced it.

Else whoever knows a password could lock its owner out with a factor of their own. Whoever reads the
letter owns the address, so all sessions end, and a letter offers a new password.
"""

from sqlalchemy.orm import Session

from kith import clock
from kith.accounts.email_address import parse_email_address
from kith.accounts.entities import Caller
from kith.accounts.factors.repository import FactorRepository, FactorUndoRepository
from kith.accounts.factors.service import drop_factor
from kith.accounts.models import FactorUndo, User
from kith.accounts.notifications import LetterKind, enqueue_token_letter
from kith.accounts.sessions.cache import invalidate_user
from kith.accounts.sessions.service import revoke_sessions
from kith.accounts.tokens.one_time import TokenInvalid, digest_token
from kith.accounts.tokens.repository import TokenRepository
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import UnitOfWork


def find_factor_undo(session: Session, token: str) -> tuple[FactorUndo, User]:
    """What a token would remove, and of whom; nothing is used up by asking.

    Raises:
        TokenInvalid: it does not count.
    """
    undo = FactorUndoRepository(session).look(digest_token(token), clock.now())
    user = UserRepository(session).get(undo.user_id) if undo else None
    if undo is None or user is None:
        raise TokenInvalid
    return undo, user


def undo_factor(work: UnitOfWork, token: str, caller: Caller) -> User:
    """Remove the factor, if it is still there, and end all sessions.

    Raises:
        TokenInvalid: the token does not count (any more).
    """
    undo, found = find_factor_undo(work.session, token)
    user = UserRepository(work.session).require_locked(found.id)
    if not FactorUndoRepository(work.session).consume(undo.digest):
        raise TokenInvalid
    if undo.factor_id is None:
        FactorRepository(work.session, user.id).remove_recovery_codes()
    else:
        drop_factor(work, user, undo.factor_id, caller)
    at = clock.now()
    TokenRepository(work.session).void_pending(user.id)
    user.tokens_valid_after = user.updated_at = at
    invalidate_user(user.id)
    revoke_sessions(work, user.id, at)
    address = parse_email_address(user.email)
    enqueue_token_letter(work, LetterKind.RESET, user, address, at)
    return user
