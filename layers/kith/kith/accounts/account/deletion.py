"""Taking everything along, and leaving for good."""

from typing import Any
from uuid import UUID

from kith import clock
from kith.accounts.account.data_export import collect_exports, let_go
from kith.accounts.entities import Caller
from kith.accounts.flows.credentials import reauthenticate
from kith.accounts.orphaned_pictures import picture_folder, record_orphans
from kith.accounts.schemas import SessionAnswer, UserAnswer
from kith.accounts.sessions.service import list_active_sessions, revoke_sessions_in
from kith.accounts.user_repository import UserRepository, require_user
from kith.database.unit_of_work import database
from kith.etags import Precondition
from kith.telemetry import log


def export_account(user_id: UUID, session_id: UUID) -> dict[str, Any]:
    """All that we know of a user; values are anything that Pydantic can write as JSON."""
    user = require_user(user_id)
    living = list_active_sessions(user_id)
    with database().reading() as connection:
        others = collect_exports(connection, user)
    return {
        "exported_at": clock.now(),
        "user": UserAnswer.of(user),
        "sessions": [SessionAnswer.of(each, current=each.id == session_id) for each in living],
        **others,
    }


def delete_account(
    user_id: UUID, password: str, caller: Caller, precondition: Precondition
) -> None:
    """Remove a user with everything that is theirs.

    Pictures at the provider are noted in the same transaction and removed from there by and by.

    Raises:
        BadPassword, TooManyAttempts: not without proof.
        PreconditionFailed: the profile is not as ``If-Match`` expected it.
    """
    user = require_user(user_id)
    reauthenticate(user, password, caller)
    at = clock.now()
    with database().writing() as work:
        users = UserRepository(work.connection)
        held = users.lock(user_id)
        if held is None:
            return
        precondition(held.version)
        revoke_sessions_in(work, user_id, at)
        let_go(work, user_id, at)
        record_orphans(work.connection, [picture_folder(user_id)], at)
        users.remove(user_id)
        work.after_commit(lambda: log("account_deleted", user_id=str(user_id)))
