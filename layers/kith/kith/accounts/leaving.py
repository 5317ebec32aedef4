"""Taking everything along, and leaving for good."""

from typing import Any
from uuid import UUID

from kith import clock
from kith.accounts import belongings, proving, sessions
from kith.accounts.orphans import abandon, folder_of
from kith.accounts.profile import require_expected, require_user
from kith.accounts.repository import UserRepository
from kith.accounts.schemas import SessionAnswer, UserAnswer
from kith.accounts.vocabulary import Caller
from kith.database.session import database
from kith.telemetry import log


def export(user_id: UUID, session_id: UUID) -> dict[str, Any]:
    """All that we know of a user; values are anything that Pydantic can write as JSON."""
    user = require_user(user_id)
    living = sessions.living(user_id)
    with database().reading() as connection:
        others = belongings.exported(connection, user)
    return {
        "exported_at": clock.now(),
        "user": UserAnswer.of(user),
        "sessions": [SessionAnswer.of(each, current=each.id == session_id) for each in living],
        **others,
    }


def leave(user_id: UUID, password: str, caller: Caller, *, expected: str | None = None) -> None:
    """Remove a user with everything that is theirs.

    Pictures at the provider are noted in the same transaction and removed from there by and by.

    Raises:
        BadPassword, TooManyAttempts: not without proof.
        PreconditionFailed: the profile is not as ``If-Match`` expected it.
    """
    user = require_user(user_id)
    proving.again(user, password, caller)
    at = clock.now()
    with database().writing() as work:
        users = UserRepository(work.connection)
        held = users.lock(user_id)
        if held is None:
            return
        require_expected(held, expected)
        sessions.end_in(work, user_id, at)
        belongings.let_go(work, user_id, at)
        abandon(work.connection, [folder_of(user_id)], at)
        users.remove(user_id)
        work.after_commit(lambda: log("account_deleted", user_id=str(user_id)))
