"""What people say about themselves, and what they want."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from kith import clock
from kith.accounts.entities import User
from kith.accounts.schemas import UserUpdate
from kith.accounts.sessions.cache import invalidate_user
from kith.accounts.user_repository import AccountGone, UserRepository
from kith.database.unit_of_work import database
from kith.errors import Fault, Invalid
from kith.etags import Precondition

_REMINDERS: Final = {
    "enabled": "reminders_enabled",
    "at": "reminders_at",
    "lead_days": "lead_days",
    "mode": "reminders_mode",
    "weekday": "reminders_weekday",
}


def update_profile(user_id: UUID, wish: UserUpdate, precondition: Precondition) -> User:
    """Change the fields that were sent, and nothing else.

    Raises:
        PreconditionFailed: it was changed meanwhile.
        Invalid: something was set to null that must be there.
    """
    values = _columns(wish)
    with database().writing() as work:
        users = UserRepository(work.connection)
        user = users.lock(user_id)
        if user is None:
            raise AccountGone
        precondition(user.version)
        if not values:
            return user
        invalidate_user(user_id)
        return users.change(user_id, clock.now(), values)


def _columns(wish: UserUpdate) -> dict[str, Any]:
    given = wish.model_dump(exclude_unset=True)
    reminders = given.pop("reminders", {})
    _require_filled({**given, "reminders": reminders})
    _require_filled({f"reminders/{name}": value for name, value in (reminders or {}).items()})
    return given | {_REMINDERS[name]: value for name, value in reminders.items()}


def _require_filled(given: Mapping[str, Any]) -> None:
    """Only a name may be taken back; everything else has to be something."""
    empty = [name for name, value in given.items() if value is None and name != "username"]
    if empty:
        why = "This cannot be empty."
        raise Invalid(faults=[Fault(f"/{name}", "must_not_be_null", why) for name in empty])
