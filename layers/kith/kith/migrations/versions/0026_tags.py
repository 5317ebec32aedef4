"""Keys of tags, and the tags that the driver made null of.

The array writer of the driver left ``null`` without quotes, whatever its case: such a tag became
SQL's null, and nothing could read its contact any more. It gets its text back. Contacts without
tags, most of them, are not written.
"""

from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from kith.contacts.search.folding import distinct_tags, tag_key

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_BATCH: Final = 1000
_TAGGED: Final = sa.text("""
SELECT owner_id, id, tags FROM contacts
WHERE (owner_id, id) > (:owner_id, :id) AND tags <> '{}'
ORDER BY owner_id, id LIMIT :batch
""").bindparams(sa.bindparam("owner_id", type_=sa.Uuid))
_WRITE: Final = sa.text("""
UPDATE contacts SET tags = mended.tags, tag_keys = mended.tag_keys
FROM json_populate_recordset(CAST(NULL AS contacts), CAST(:rows AS json)) AS mended
WHERE contacts.owner_id = mended.owner_id AND contacts.id = mended.id
""").bindparams(sa.bindparam("rows", type_=sa.JSON))


def upgrade() -> None:
    op.add_column("contacts", sa.Column("tag_keys", sa.ARRAY(sa.Text)))
    write_tag_keys(op.get_bind())


def write_tag_keys(connection: sa.Connection) -> None:
    after = {"owner_id": UUID(int=0), "id": 0}
    while rows := connection.execute(_TAGGED, {**after, "batch": _BATCH}).all():
        connection.execute(_WRITE, {"rows": [_mended(row) for row in rows]})
        after = {"owner_id": rows[-1].owner_id, "id": rows[-1].id}


def _mended(row: sa.Row[Any]) -> dict[str, object]:
    tags = distinct_tags("null" if tag is None else tag for tag in row.tags)
    keys = list(map(tag_key, tags))
    return {"owner_id": str(row.owner_id), "id": row.id, "tags": tags, "tag_keys": keys}
