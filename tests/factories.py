"""Users and contacts for tests, written straight into the database."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import Connection, insert, update

from kith.accounts.models import User
from kith.contacts.models import Contact

LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)


def create_user(connection: Connection, name: str = "alice", **columns: object) -> UUID:
    """A verified user with reminders at 09:00 UTC, unless the columns say something else."""
    user_id = uuid4()
    email = columns.get("email", f"{name}-{user_id.hex[:8]}@example.com")
    row = {
        "id": user_id,
        "email": email,
        "email_key": str(email).casefold(),
        "password_hash": "none",
        "verified_at": LONG_AGO,
        "tokens_valid_after": LONG_AGO,
        "unsubscribe_seed": bytes(32),
        "reminders_at": time(9),
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
        **columns,
    }
    connection.execute(insert(User).values(row))
    return UUID(str(row["id"]))


def create_contact(
    connection: Connection,
    owner_id: UUID,
    name: str = "Grace Hopper",
    birthday: str | None = None,
    **columns: object,
) -> int:
    """A contact born on ``YYYY-MM-DD`` or ``--MM-DD``; returns its id, the owner's next."""
    numbered = (
        update(User)
        .where(User.id == owner_id)
        .values(
            next_contact_id=User.next_contact_id + 1,
            contacts_living=User.contacts_living + int(columns.get("deleted_at") is None),
        )
        .returning(User.next_contact_id - 1)
    )
    contact_id: int = connection.execute(numbered).scalar_one()
    first, _, last = name.partition(" ")
    row = {
        "owner_id": owner_id,
        "id": contact_id,
        "first_name": first,
        "last_name": last or None,
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
        **_birth_columns(birthday),
        **columns,
    }
    connection.execute(insert(Contact).values({**_derived_columns(row), **row}))
    return contact_id


def _derived_columns(row: Mapping[str, object]) -> dict[str, object]:
    contact = Contact(**row)
    contact.derive()
    return {name: getattr(contact, name) for name in ("sort_name", "search", "search_long")}


def _birth_columns(birthday: str | None) -> dict[str, int | None]:
    if birthday is None:
        return {}
    year, month, day = birthday.rsplit("-", 2)
    return {
        "birth_year": None if year == "-" else int(year),
        "birth_month": int(month),
        "birth_day": int(day),
    }
