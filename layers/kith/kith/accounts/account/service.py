"""The profile: what people say about themselves, and how they want to be reminded."""

from typing import Final
from uuid import UUID

from kith import clock
from kith.accounts.models import User
from kith.accounts.schemas import UserUpdate
from kith.accounts.sessions.cache import invalidate_user
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import UnitOfWork
from kith.errors import Fault, Invalid
from kith.etags import Precondition

_REMINDERS: Final = {
    "enabled": "reminders_enabled",
    "at": "reminders_at",
    "lead_days": "lead_days",
    "mode": "reminders_mode",
    "weekday": "reminders_weekday",
}


def update_profile(
    work: UnitOfWork, user_id: UUID, sent: UserUpdate, precondition: Precondition
) -> User:
    """Merge patch with optimistic locking: change what was sent, and nothing else.

    Raises:
        AccountGone: there is no such user any more.
        PreconditionFailed: it was changed meanwhile.
        Invalid: something was set to null that must be there.
    """
    changes = _changes(sent)
    user = UserRepository(work.session).require_locked(user_id)
    precondition(user.version)
    if not changes:
        return user
    for column, value in changes.items():
        setattr(user, column, value)
    user.updated_at = clock.now()
    invalidate_user(user_id)
    return user


def _changes(sent: UserUpdate) -> dict[str, object]:
    """The columns that change."""
    given = sent.model_dump(exclude_unset=True)
    reminders = given.pop("reminders", {})
    _require_filled({**given, "reminders": reminders})
    _require_filled({f"reminders/{name}": value for name, value in (reminders or {}).items()})
    return given | {_REMINDERS[name]: value for name, value in reminders.items()}


def _require_filled(given: dict[str, object]) -> None:
    """Only a name may be taken back; everything else has to be something."""
    empty = [name for name, value in given.items() if value is None and name != "username"]
    if empty:
        why = "This cannot be empty."
        raise Invalid(faults=[Fault(f"/{name}", "must_not_be_null", why) for name in empty])
