"""A complaint about a letter: the reminders stop at once, and the profile says so."""

from uuid import UUID

from kith import clock
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import UnitOfWork


def stop_reminders(work: UnitOfWork, user_id: UUID) -> None:
    """No more reminders for whoever marked a letter as spam; twice changes nothing."""
    users = UserRepository(work.connection)
    if users.lock(user_id) is not None:
        users.change(user_id, clock.now(), {"reminders_enabled": False})
