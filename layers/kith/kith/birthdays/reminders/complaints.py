"""A complaint about a letter turns the user's reminders off, which their profile then shows."""

from uuid import UUID

from kith import clock
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import UnitOfWork


def stop_reminders(work: UnitOfWork, user_id: UUID) -> None:
    """Turn off the reminders of a user who marked a letter as spam; idempotent."""
    user = UserRepository(work.session).lock(user_id)
    if user is not None:
        user.reminders_enabled, user.updated_at = False, clock.now()
