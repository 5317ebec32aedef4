"""The cast: Alice owns, Bob does not; and the people whose birthdays they remember."""

from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, insert, select, update

from kith.accounts.models import User
from kith.contacts.models import Contact

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def join(connection: Connection, name: str = "alice", **profile: Any) -> UUID:
    """A verified user with reminders at 09:00 UTC, unless the profile says something else."""
    user_id = profile.pop("id", None) or uuid4()
    email = profile.pop("email", f"{name}-{user_id.hex[:8]}@example.com")
    row = {
        "id": user_id,
        "email": email,
        "email_key": email.casefold(),
        "password_hash": "none",
        "verified_at": LONG_AGO,
        "tokens_valid_after": LONG_AGO,
        "unsubscribe_seed": bytes(32),
        "reminders_at": time(9),
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
    }
    connection.execute(insert(User).values({**row, **profile}))
    return user_id


def befriend(connection: Connection, owner_id: UUID, name: str, born: str, **facts: Any) -> int:
    """A contact born on ``YYYY-MM-DD`` or ``--MM-DD``; returns its id."""
    taken = select(User.next_contact_id).where(User.id == owner_id)
    contact_id: int = connection.scalar(taken) or 1
    connection.execute(
        update(User).where(User.id == owner_id).values(next_contact_id=contact_id + 1)
    )
    year, month, day = born.rsplit("-", 2)
    first, _, last = name.partition(" ")
    row = {
        "owner_id": owner_id,
        "id": contact_id,
        "first_name": first,
        "last_name": last or None,
        "birth_year": None if year == "-" else int(year),
        "birth_month": int(month),
        "birth_day": int(day),
        "sort_name": name.casefold(),
        "search": name.casefold(),
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
    }
    connection.execute(insert(Contact).values({**row, **facts}))
    return contact_id
