"""New contacts enter here: ids and quotas are given out in the statement that inserts.

One statement counts, refuses and inserts, so the quota and the cap are exact however many requests
come at once, and hold without Redis.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import Connection, DateTime, Integer, Text, Uuid, bindparam, select, text

from kith.accounts.models import User
from kith.contacts.models import BULK_COLUMNS, Contact

_COLUMNS: Final = ", ".join(BULK_COLUMNS)
_USED: Final = "CASE WHEN creations_since > :since THEN creations ELSE 0 END"
_CREATE: Final = text(f"""
WITH slot AS (
    UPDATE users SET
        next_contact_id = next_contact_id + :many,
        contacts_living = contacts_living + :many,
        creations = :counted + {_USED},
        creations_since = CASE WHEN creations_since > :since THEN creations_since ELSE :at END
    WHERE id = :owner_id AND contacts_living + :many <= :most_living
        AND (:counted = 0 OR :counted + {_USED} <= :most_created)
    RETURNING next_contact_id - :many AS first_id
)
INSERT INTO contacts (owner_id, id, created_at, updated_at, {_COLUMNS})
SELECT :owner_id, slot.first_id + created.ordinality - 1, :at, :at, {_COLUMNS}
FROM slot, json_populate_recordset(CAST(NULL AS contacts), CAST(:rows AS json))
    WITH ORDINALITY AS created
RETURNING id
""").bindparams(  # noqa: S608 - names of our own columns, never a value
    bindparam("owner_id", type_=Uuid),
    bindparam("at", type_=DateTime(timezone=True)),
    bindparam("since", type_=DateTime(timezone=True)),
    bindparam("rows", type_=Text),
    *(
        bindparam(name, type_=Integer)
        for name in ("many", "counted", "most_living", "most_created")
    ),
)


@dataclass(frozen=True, slots=True)
class QuotaLimits:
    """How many contacts may live, and how many may be created in a window of time."""

    most_living: int
    most_created: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class QuotaUsage:
    """How much of a quota is used up; ``since`` is when the window of creations began."""

    living: int
    created: int
    since: datetime | None


class ContactCreation:
    """Where one owner's new contacts enter."""

    def __init__(self, connection: Connection, owner_id: UUID, quota: QuotaLimits) -> None:
        self._connection = connection
        self._owner_id = owner_id
        self._quota = quota

    def create(self, contacts: Sequence[Contact], at: datetime, *, counted: bool) -> bool:
        """Store new contacts and give them their ids, all of them or none.

        Args:
            contacts: known to no session.
            at: when.
            counted: whether they count as created; what is imported only counts as living.

        Returns:
            Whether there was room for all of them.
        """
        many = len(contacts)
        values = {
            "owner_id": self._owner_id,
            "at": at,
            "since": at - self._quota.window,
            "rows": to_json([contact.bulk_values() for contact in contacts]).decode(),
            "many": many,
            "counted": many if counted else 0,
            "most_living": self._quota.most_living,
            "most_created": self._quota.most_created,
        }
        ids = sorted(self._connection.scalars(_CREATE, values))
        for contact, contact_id in zip(contacts, ids, strict=False):
            contact.id, contact.version = contact_id, 1
            contact.created_at = contact.updated_at = at
        return bool(ids)

    def usage(self) -> QuotaUsage | None:
        """How much is used up now; ``None`` when the owner is gone."""
        statement = select(User.contacts_living, User.creations, User.creations_since)
        row = self._connection.execute(statement.where(User.id == self._owner_id)).one_or_none()
        return QuotaUsage(*row) if row else None
