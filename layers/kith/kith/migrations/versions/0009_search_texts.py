"""Rebuild the search texts that an import left inconsistent.

A re-import wrote ``search`` without ``search_long``. Where the text had become long, it was lost;
where it had become short, the next change brought the words of the old one back.
"""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from kith.contacts.entities import EmailEntry, PhoneEntry
from kith.contacts.models import Contact

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_BATCH: Final = 1000
# Long texts and their marks, and whatever was imported again and changed after that.
_SUSPECTS: Final = sa.text("""
SELECT owner_id, id, first_name, last_name, emails, phones, tags, notes, extra, search, search_long
FROM contacts
WHERE (owner_id, id) > (:owner_id, :id)
    AND (search = chr(5) OR search_long IS NOT NULL OR version > 2 AND EXISTS (
        SELECT FROM imported_cards AS card
        WHERE card.owner_id = contacts.owner_id AND card.contact_id = contacts.id
            AND card.uid IS NOT NULL
    ))
ORDER BY owner_id, id LIMIT :batch
""").bindparams(sa.bindparam("owner_id", type_=sa.Uuid))
_REBUILD: Final = sa.text("""
UPDATE contacts SET search = :search, search_long = :search_long
WHERE owner_id = :owner_id AND id = :id
""").bindparams(sa.bindparam("owner_id", type_=sa.Uuid))


def upgrade() -> None:
    rebuild_search_texts(op.get_bind())


def rebuild_search_texts(connection: sa.Connection) -> None:
    for row in _suspects(connection):
        contact = Contact(
            first_name=row.first_name,
            last_name=row.last_name,
            emails=tuple(EmailEntry(**entry) for entry in row.emails),
            phones=tuple(PhoneEntry(**entry) for entry in row.phones),
            tags=row.tags,
            notes=row.notes,
            extra=row.extra,
        )
        contact.derive()
        if (contact.search, contact.search_long) != (row.search, row.search_long):
            texts = {"search": contact.search, "search_long": contact.search_long}
            connection.execute(_REBUILD, {"owner_id": row.owner_id, "id": row.id, **texts})


def _suspects(connection: sa.Connection) -> Iterator[sa.Row[Any]]:
    after = {"owner_id": UUID(int=0), "id": 0}
    while rows := connection.execute(_SUSPECTS, {**after, "batch": _BATCH}).all():
        yield from rows
        after = {"owner_id": rows[-1].owner_id, "id": rows[-1].id}
